// What a file with very many orders costs: the same requests on the same service with a thousand orders and with a
// million, both running, in interleaved rounds; and how long the service takes to start on each.

import { createReadStream } from 'node:fs';
import { type Candidate, startService } from './candidate.ts';
import { filledFile } from './fill.ts';
import { type Load, load } from './load.ts';
import type { Options } from './options.ts';
import { number, ratio, type Section, table } from './report.ts';
import { middleCursor, type Place, scaleQueries } from './scale-queries.ts';
import { measureStart } from './start-time.ts';
import { median, medians } from './statistics.ts';

const fewOrders = 1_000;
const connections = 8;
const seconds = 1;
const starts = 5;

type Side = { file: string; contestant: Candidate; place: Place };
type Pair = { few: Load; many: Load };

export async function measureScale({ rounds, orders, isFresh }: Options): Promise<Section> {
  const few = await filledFile(fewOrders, isFresh);
  process.stderr.write(`scale: ${number(orders)} orders\n`);
  const many = await filledFile(orders, isFresh);
  const startTable = await compareStarts(few, many, orders);
  const text = [
    `The same service on a file with ${number(fewOrders)} orders and on one with ${number(orders)}: ${connections} connections, \`mean\``,
    'is the time that one request takes. Both files are in the memory of the operating system.',
    '',
    await compareQueries(few, many, { rounds, orders }),
    '',
    `From the start of the process until it is ready, median of ${starts}.`,
    '',
    startTable,
  ];
  return { title: 'Scale', text: text.join('\n') };
}

/**
 * Brings a file into the cache of the operating system, so that the search is measured and not the disk. A kernel may
 * let go of what nobody has read for a while; so it is done before each measurement.
 */
async function readThrough(path: string): Promise<void> {
  for await (const _chunk of createReadStream(path, { highWaterMark: 2 ** 20 }));
}

async function compareStarts(few: string, many: string, orders: number): Promise<string> {
  const times = { few: [] as number[], many: [] as number[] };
  for (let round = 1; round <= starts; round += 1) {
    times.few.push(await measureStart(few));
    times.many.push(await measureStart(many));
  }
  const rowOf = (name: number, ms: number[]) => [number(name), number(median(ms)), '< 1,500'];
  return table(['orders', 'start ms', 'target'], [rowOf(fewOrders, times.few), rowOf(orders, times.many)]);
}

async function compareQueries(
  fewFile: string,
  manyFile: string,
  { rounds, orders }: Pick<Options, 'rounds' | 'orders'>,
): Promise<string> {
  await using fewService = await startService('quiet', fewFile);
  await using manyService = await startService('quiet', manyFile);
  const few = await sideOf(fewFile, fewService, fewOrders);
  const many = await sideOf(manyFile, manyService, orders);
  const results = new Map<string, Pair[]>(scaleQueries.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, source } of scaleQueries) {
      const measure = async ({ file, contestant, place }: Side) => {
        await readThrough(file);
        return load(contestant, source(place), { seconds }, connections);
      };
      const manyFirst = round % 2 === 0 ? await measure(many) : undefined;
      const pair = { few: await measure(few), many: manyFirst ?? (await measure(many)) };
      // The first round only warms up.
      if (round > 0) results.get(name)?.push(pair);
    }
    process.stderr.write(`scale: round ${round} of ${rounds}\n`);
  }
  return tableOf(results, orders);
}

async function sideOf(file: string, contestant: Candidate, orders: number): Promise<Side> {
  return { file, contestant, place: { orders, middleCursor: await middleCursor(contestant, orders) } };
}

function tableOf(results: Map<string, Pair[]>, orders: number): string {
  const sizes = [number(fewOrders), number(orders)];
  const timeColumns = ['p50 ms', 'mean ms'].flatMap((time) => sizes.map((size) => `${time}, ${size}`));
  const columns = ['', ...timeColumns, 'ratio', 'target'];
  const rows = [...results].map(([name, pairs]) => {
    const few = medians(pairs.map((pair) => pair.few));
    const many = medians(pairs.map((pair) => pair.many));
    const ratios = pairs.map((pair) => pair.many.meanMs / pair.few.meanMs);
    const times = [few.p50Ms, many.p50Ms, few.meanMs, many.meanMs].map((ms) => number(ms, 2));
    return [name, ...times, ratio(ratios), '≤ 1.3'];
  });
  return table(columns, rows);
}
