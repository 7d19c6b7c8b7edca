// How `npm start` runs the service: read from the script itself, so that what people run is measured and tested.

import packageJson from '../package.json' with { type: 'json' };

export type StartScript = {
  /** The arguments that it gives to node. */
  argv: string[];
  /** The variables that it sets. */
  environment: Record<string, string>;
};

/** @throws Error the script is not of the form `exec env <variables> node <arguments>` */
export function readStartScript(): StartScript {
  const { start } = packageJson.scripts;
  const [, variables, argv] = /^exec env ((?:\w+=\S* )+)node (.+)$/.exec(start) ?? [];
  if (variables === undefined || argv === undefined)
    throw new Error(`npm start is not 'exec env … node …' but '${start}'`);
  const pairs = variables.trim().split(' ');
  return { argv: argv.split(' '), environment: Object.fromEntries(pairs.map((pair) => pair.split('=', 2))) };
}
