// A campaign on PostgreSQL: three nodes under load are killed and frozen, and then PostgreSQL crashes. `npm run
// test:chaos` runs it for two minutes. CHAOS_SEED repeats the random choices of a run.

import { expect, test } from 'vitest';
import type { Event } from '../../contract/schemas/events/event.ts';
import { expectConsistentDatabase, expectReadsMatchHistories } from '../kit/chaos/check-final-state.ts';
import { expectResponsesMatchHistories } from '../kit/chaos/check-responses.ts';
import { type Cluster, startCluster } from '../kit/chaos/cluster.ts';
import { startConsumers } from '../kit/chaos/consumers.ts';
import { databaseRestarts, injectNodeFaults, restartDatabase } from '../kit/chaos/fault-injection.ts';
import { replayHistories } from '../kit/chaos/order-history.ts';
import { createRandom } from '../kit/chaos/random.ts';
import { createNodeClient, type RequestContext, requestWithRetry } from '../kit/chaos/requests.ts';
import { createWriteLog, type WriteLog } from '../kit/chaos/write-log.ts';
import { contendForOrders, runOrderLifecycles, type WriterContext, writeWithoutKeys } from '../kit/chaos/writers.ts';
import { toPositions } from '../kit/events/events.ts';
import { waitUntil } from '../kit/wait-until.ts';

const seconds = Number(process.env.CHAOS_SECONDS ?? 4);
const seed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 32));
const validationDeadlineMs = 120_000;

/** Starts all writers. Rejects if one fails. */
function startWriters(createContext: () => RequestContext, stop: AbortSignal): Promise<unknown> {
  const sharedOrderIds: number[] = [];
  const start = (run: (writer: WriterContext) => Promise<void>, count: number) =>
    Array.from({ length: count }, () => run({ ...createContext(), stop, sharedOrderIds }));
  return Promise.all([...start(runOrderLifecycles, 16), ...start(contendForOrders, 8), ...start(writeWithoutKeys, 2)]);
}

/** Rejects if `work` rejects, and otherwise never settles. */
async function rejectOnFailure(work: Promise<unknown>): Promise<never> {
  await work;
  return Promise.withResolvers<never>().promise;
}

/** Formats the counts of a run in one line, and the warnings of the nodes in one line each. */
function formatSummary(
  { nodes, takeoverMonitor }: Cluster,
  { writes, failures }: WriteLog,
  otherCounts: Record<string, number>,
): string {
  const writesByOutcome = [...Map.groupBy(writes, ({ outcome }) => outcome.kind)];
  const waitsS = takeoverMonitor.waitsMs.map((ms) => ms / 1_000).sort((one, other) => one - other);
  const [median = 0, longest = 0] = [waitsS[Math.floor(waitsS.length / 2)], waitsS.at(-1)];
  const counts = {
    ...otherCounts,
    'failed starts': nodes.failedStarts.length,
    ...Object.fromEntries(writesByOutcome.map(([kind, { length }]) => [`writes with outcome ${kind}`, length])),
    ...Object.fromEntries(Object.entries(failures).map(([cause, count]) => [`failed requests (${cause})`, count])),
    'orphaned validations': waitsS.length,
    'median and longest time until their release in s': `${median.toFixed(1)}, ${longest.toFixed(1)}`,
  };
  const warnings = Map.groupBy(nodes.warnings, ({ level, msg }) => `log, level ${level}: ${msg}`);
  const lines = [...warnings].map(([text, { length }]) => `\n  ${length} × ${text}`);
  return `chaos, seed ${seed}: ${Object.entries(counts)
    .map((entry) => entry.join(' '))
    .join('; ')}${lines.join('')}\n`;
}

test(`three nodes that are killed for ${seconds} s before PostgreSQL crashes keep all guarantees (seed ${seed})`, {
  timeout: 300_000 + seconds * 3_000,
}, async () => {
  const random = createRandom(seed);
  const writeLog = createWriteLog();
  await using cluster = await startCluster();
  const { nodes, server } = cluster;
  const createContext = () => ({ nodes, random: random.fork(), writeLog });
  await using consumers = await startConsumers(nodes, createContext);
  const stopping = new AbortController();
  await using _ = { [Symbol.asyncDispose]: async () => stopping.abort() };
  const stop = stopping.signal;
  const writing = startWriters(createContext, stop);
  const injectFaults = async () => {
    const faults = await injectNodeFaults(cluster, random.fork(), { seconds, stop });
    await restartDatabase(cluster, random.fork(), writeLog);
    return faults;
  };
  const faults = await Promise.race([injectFaults(), rejectOnFailure(writing), rejectOnFailure(consumers.reading)]);
  stopping.abort();
  await writing;
  await nodes.waitUntilAllReady();
  await waitUntil(
    () => requestWithRetry(createContext(), ({ stats }) => stats.get()),
    ({ openValidations }) => openValidations === 0,
    validationDeadlineMs,
  );
  const events = await consumers.finish();
  const histories = replayHistories(events as Event[]);
  expectResponsesMatchHistories(writeLog.writes, histories);
  await expectReadsMatchHistories(createNodeClient(await nodes.pick(random)), histories);
  await expectConsistentDatabase(server.url, toPositions(events));
  expect(nodes.unexpectedExits).toEqual([]);
  // A node may fail to start only because the database is unreachable.
  expect(nodes.failedStarts.filter((reason) => !reason.includes('the database'))).toEqual([]);
  const otherCounts = { ...faults, databaseRestarts, events: events.length, orders: histories.size };
  process.stdout.write(formatSummary(cluster, writeLog, { ...otherCounts, ...consumers.counts }));
});
