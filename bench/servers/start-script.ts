// Reads the `start` script of package.json, so that benchmarks and tests run the service exactly as `npm start` does.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** The parsed `start` script. */
export type StartScript = {
  /** The arguments of `node`. */
  argv: string[];
  /** The environment variables that the script sets. */
  environment: Record<string, string>;
};

/**
 * Parses the `start` script.
 * @param folder the folder of package.json. @default the root of this repository
 * @throws Error the script does not have the form `exec env <variables> node <arguments>`
 */
export function readStartScript(folder = root): StartScript {
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const start: string = scripts.start;
  const [, variables, argv] = /^exec env ((?:\w+=\S* )+)node (.+)$/.exec(start) ?? [];
  if (variables === undefined || argv === undefined)
    throw new Error(`npm start is not 'exec env … node …' but '${start}'`);
  const pairs = variables.trim().split(' ');
  return { argv: argv.split(' '), environment: Object.fromEntries(pairs.map((pair) => pair.split('=', 2))) };
}
