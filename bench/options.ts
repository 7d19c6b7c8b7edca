// Command-line options of the benchmark.

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** The parts of the benchmark, in the order in which they run and are reported. */
export const partNames = [
  'lives',
  'requests',
  'postgres',
  'profile',
  'slow-disk',
  'memory',
  'streams',
  'scale',
] as const;

/** A part of the benchmark, as in `--only`. */
export type PartName = (typeof partNames)[number];

/** The parsed command line. */
export type Options = {
  /** The parts to run, in order. */
  parts: readonly PartName[];
  /** The number of rounds of each comparison. @default 5 */
  rounds: number;
  /** The duration of each load in seconds. @default 2 */
  seconds: number;
  /** The number of requests of the memory part. @default 200,000 */
  requests: number;
  /** The number of lives of the memory part. @default 100,000 */
  lives: number;
  /** The number of orders in the large database of the scale part, at least 10,000. @default 1,000,000 */
  orders: number;
  /** Whether databases of the scale part are created again instead of reused from an earlier run. @default false */
  isFresh: boolean;
  /** The folder of an earlier version of the service, with its node_modules, whose lives are measured too. */
  before: string | undefined;
  /** The URL of the PostgreSQL server, from BENCH_DATABASE_URL. Undefined: start the server from npm. */
  postgresUrl: string | undefined;
};

/**
 * Parses the command line.
 * @throws Error an option is unknown, or its value is invalid
 */
export function readOptions(argv: string[], environment: Record<string, string | undefined>): Options {
  const { values } = parseArgs({
    args: argv,
    options: {
      only: { type: 'string', default: partNames.join(',') },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '2' },
      requests: { type: 'string', default: '200000' },
      lives: { type: 'string', default: '100000' },
      orders: { type: 'string', default: '1000000' },
      fresh: { type: 'boolean', default: false },
      before: { type: 'string' },
    },
  });
  return {
    parts: parsePartNames(values.only.split(',')),
    rounds: parseInteger(1, 'rounds', values.rounds),
    seconds: parseInteger(1, 'seconds', values.seconds),
    requests: parseInteger(1, 'requests', values.requests),
    lives: parseInteger(1_000, 'lives', values.lives),
    orders: parseInteger(10_000, 'orders', values.orders),
    isFresh: values.fresh,
    before: values.before === undefined ? undefined : resolve(values.before),
    postgresUrl: environment.BENCH_DATABASE_URL || undefined,
  };
}

function parsePartNames(names: string[]): PartName[] {
  const unknown = names.filter((name) => !partNames.some((part) => part === name));
  if (unknown.length > 0)
    throw new Error(`--only must name parts of ${partNames.join(', ')}; unknown: ${unknown.join(', ')}`);
  return partNames.filter((part) => names.includes(part));
}

function parseInteger(min: number, name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < min) throw new Error(`--${name} must be an integer of at least ${min}`);
  return value;
}
