// What is measured, and for how long: the options of the command line.

import { parseArgs } from 'node:util';

export const partNames = ['ratios', 'life', 'streams', 'scale', 'memory', 'postgres'] as const;
export type PartName = (typeof partNames)[number];

export type Options = {
  /** In the order in which they are measured. */
  parts: readonly PartName[];
  /** How often each comparison is made. */
  rounds: number;
  /** How long each load lasts. */
  seconds: number;
  /** How many requests the memory is watched over. */
  requests: number;
  /** How many orders the large file of the scale has: 10,000 or more. */
  orders: number;
  /** Whether files that a former run has filled are filled again. */
  isFresh: boolean;
  /** The PostgreSQL to measure on; undefined: one of our own, which comes with npm. */
  postgresUrl: string | undefined;
};

/** @throws Error an option is unknown, or its value cannot be used */
export function readOptions(argv: string[], environment: Record<string, string | undefined>): Options {
  const { values } = parseArgs({
    args: argv,
    options: {
      only: { type: 'string', default: partNames.join(',') },
      rounds: { type: 'string', default: '7' },
      seconds: { type: 'string', default: '3' },
      requests: { type: 'string', default: '1000000' },
      orders: { type: 'string', default: '1000000' },
      fresh: { type: 'boolean', default: false },
      postgres: { type: 'boolean', default: false },
    },
  });
  return {
    parts: values.postgres ? ['postgres'] : partsOf(values.only.split(',')),
    rounds: integerFrom(1, 'rounds', values.rounds),
    seconds: integerFrom(1, 'seconds', values.seconds),
    requests: integerFrom(1, 'requests', values.requests),
    orders: integerFrom(10_000, 'orders', values.orders),
    isFresh: values.fresh,
    postgresUrl: environment.BENCH_DATABASE_URL || undefined,
  };
}

function partsOf(names: string[]): PartName[] {
  const unknown = names.filter((name) => !partNames.some((part) => part === name));
  if (unknown.length > 0) throw new Error(`--only knows ${partNames.join(', ')}; not ${unknown.join(', ')}`);
  return partNames.filter((part) => names.includes(part));
}

function integerFrom(min: number, name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < min) throw new Error(`--${name} must be an integer from ${min} on`);
  return value;
}
