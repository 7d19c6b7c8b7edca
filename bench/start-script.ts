// How `npm start` runs the service: read from the script itself, so that what is measured is what people run.

import { readFile } from 'node:fs/promises';

export type StartScript = {
  /** The arguments that it gives to node. */
  argv: string[];
  /** The variables that it sets. */
  environment: Record<string, string>;
};

/** @throws Error the script is not of the form `exec env <variables> node <arguments>` */
export async function readStartScript(): Promise<StartScript> {
  const { scripts } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  const [, variables, argv] = /^exec (?:env ((?:\w+=\S* )+))?node (.+)$/.exec(scripts.start) ?? [];
  if (argv === undefined) throw new Error(`npm start is not 'exec env … node …' but '${scripts.start}'`);
  const pairs = (variables ?? '')
    .trim()
    .split(' ')
    .filter((pair) => pair !== '');
  return { argv: argv.split(' '), environment: Object.fromEntries(pairs.map((pair) => pair.split('=', 2))) };
}
