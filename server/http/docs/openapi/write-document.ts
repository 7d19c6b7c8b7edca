// Writes the OpenAPI document to `openapi/openapi.json`, for `npm run openapi`.

import { writeFileSync } from 'node:fs';
import { generateDocument } from './document.ts';

const target = new URL('../../../../openapi/openapi.json', import.meta.url);
writeFileSync(target, `${JSON.stringify(generateDocument(), null, 2)}\n`);
