// Writes the generated files of the SDK.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateFiles } from './generate.ts';

const folder = join(import.meta.dirname, '../generated');
mkdirSync(folder, { recursive: true });
for (const [name, text] of Object.entries(generateFiles().files)) writeFileSync(join(folder, name), text);
