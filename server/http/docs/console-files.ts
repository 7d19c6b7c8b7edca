// Location of the console's built files.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Absolute path of the folder that `npm run build` writes the console to. */
export const consoleFolder = fileURLToPath(new URL('../../../web/dist', import.meta.url));

/** Returns whether the console has been built. */
export function hasConsole(): boolean {
  return existsSync(`${consoleFolder}/index.html`);
}
