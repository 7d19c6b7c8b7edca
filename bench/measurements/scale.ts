// The cost of a large database: the same requests to a service with a thousand orders and to one with a million, in
// interleaved rounds, and the startup time on each database.

import { createReadStream } from 'node:fs';
import { prepareFilledDatabase } from '../data/filled-database.ts';
import { type LoadResult, runLoad } from '../load/load.ts';
import type { Options } from '../options.ts';
import { formatNumber, formatRatio, formatTable } from '../report/format.ts';
import { checkMaximum, type PartReport, type TargetResult } from '../report/part-report.ts';
import type { ServerUnderTest } from '../servers/server-under-test.ts';
import { startSqliteService } from '../servers/service.ts';
import { computeMedian, computeMedians } from '../statistics.ts';
import { type DatasetPosition, findMiddleCursor, scaleQueries } from './scale-queries.ts';
import { measureStartMs } from './startup-time.ts';

const fewOrders = 1_000;
const connections = 8;
const seconds = 0.4;
const maxRatio = 1.3;
const starts = 5;

type Dataset = { file: string; server: ServerUnderTest; position: DatasetPosition };
type Pair = { few: LoadResult; many: LoadResult };

/** Measures queries and startup on a small and a large database. */
export async function measureScale({ rounds, orders, isFresh }: Options): Promise<PartReport> {
  const few = await prepareFilledDatabase(fewOrders, isFresh);
  process.stderr.write(`scale: ${formatNumber(orders)} orders\n`);
  const many = await prepareFilledDatabase(orders, isFresh);
  const startTable = await compareStarts(few, many, orders);
  const queries = await compareQueries(few, many, { rounds, orders });
  const text = [
    `The service on a database with ${formatNumber(fewOrders)} orders and on one with ${formatNumber(orders)}, over ${connections} connections. \`mean\` is the`,
    'mean time of a request. Both database files are in the page cache.',
    '',
    queries.table,
    '',
    `Time from the start of the process until it is ready, median of ${starts} starts.`,
    '',
    startTable,
  ];
  return { title: 'Scale', text: text.join('\n'), targets: [queries.target] };
}

/**
 * Reads a file into the page cache, so that the disk does not affect the measurement. This is repeated before each
 * measurement, because the kernel can evict pages that were not read for a while.
 */
async function readIntoPageCache(path: string): Promise<void> {
  for await (const _chunk of createReadStream(path, { highWaterMark: 2 ** 20 }));
}

async function compareStarts(few: string, many: string, orders: number): Promise<string> {
  const times = { few: [] as number[], many: [] as number[] };
  for (let round = 1; round <= starts; round += 1) {
    times.few.push(await measureStartMs(few));
    times.many.push(await measureStartMs(many));
  }
  const toRow = (count: number, ms: number[]) => [formatNumber(count), formatNumber(computeMedian(ms)), '< 1,500'];
  return formatTable(['orders', 'start ms', 'target'], [toRow(fewOrders, times.few), toRow(orders, times.many)]);
}

async function compareQueries(
  fewFile: string,
  manyFile: string,
  { rounds, orders }: Pick<Options, 'rounds' | 'orders'>,
): Promise<{ table: string; target: TargetResult }> {
  await using fewService = await startSqliteService('quiet', fewFile);
  await using manyService = await startSqliteService('quiet', manyFile);
  const few = await createDataset(fewFile, fewService, fewOrders);
  const many = await createDataset(manyFile, manyService, orders);
  const results = new Map<string, Pair[]>(scaleQueries.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, source } of scaleQueries) {
      const measure = async ({ file, server, position }: Dataset) => {
        await readIntoPageCache(file);
        return runLoad(server, source(position), { seconds }, connections);
      };
      const manyFirst = round % 2 === 0 ? await measure(many) : undefined;
      const pair = { few: await measure(few), many: manyFirst ?? (await measure(many)) };
      // The first round is a warm-up.
      if (round > 0) results.get(name)?.push(pair);
    }
    process.stderr.write(`scale: round ${round} of ${rounds}\n`);
  }
  const ratios = [...results.values()].map((pairs) => computeMedian(pairs.map(computeRatio)));
  const name = `slowest request with ${formatNumber(orders)} orders / ${formatNumber(fewOrders)} orders`;
  return {
    table: formatQueryTable(results, orders),
    target: checkMaximum(name, maxRatio, [Math.max(...ratios)]),
  };
}

function computeRatio({ few, many }: Pair): number {
  return many.meanMs / few.meanMs;
}

async function createDataset(file: string, server: ServerUnderTest, orders: number): Promise<Dataset> {
  return { file, server, position: { orders, middleCursor: await findMiddleCursor(server, orders) } };
}

function formatQueryTable(results: Map<string, Pair[]>, orders: number): string {
  const sizes = [formatNumber(fewOrders), formatNumber(orders)];
  const timeColumns = ['p50 ms', 'mean ms', 'CPU µs'].flatMap((time) => sizes.map((size) => `${time}, ${size}`));
  const columns = ['', ...timeColumns, 'ratio', 'target'];
  const rows = [...results].map(([name, pairs]) => {
    const few = computeMedians(pairs.map((pair) => pair.few));
    const many = computeMedians(pairs.map((pair) => pair.many));
    const times = [few.p50Ms, many.p50Ms, few.meanMs, many.meanMs].map((ms) => formatNumber(ms, 2));
    const cpu = [few.cpuUs, many.cpuUs].map((us) => formatNumber(us));
    return [name, ...times, ...cpu, formatRatio(pairs.map(computeRatio)), `≤ ${maxRatio}`];
  });
  return formatTable(columns, rows);
}
