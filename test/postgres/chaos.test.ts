// Three nodes on one PostgreSQL under load, one killed every few seconds or standing still, then PostgreSQL itself,
// twice: what was answered is there, what was started ends, and every reader has seen every event once. `npm run
// test:chaos` does it for two minutes; `CHAOS_SEED` chooses the same kills again.

import { expect, test } from 'vitest';
import { expectConsistentDatabase, expectReadsMatchHistories } from '../kit/chaos/check-final-state.ts';
import { expectResponsesMatchHistories } from '../kit/chaos/check-responses.ts';
import { type Cluster, startCluster } from '../kit/chaos/cluster.ts';
import { startConsumers } from '../kit/chaos/consumers.ts';
import { databaseRestarts, injectNodeFaults, restartDatabase } from '../kit/chaos/fault-injection.ts';
import { replayHistories } from '../kit/chaos/order-history.ts';
import { seededRandom } from '../kit/chaos/random.ts';
import { createRequestLog, type RequestLog } from '../kit/chaos/request-log.ts';
import { createNodeClient, type RequestContext, requestWithRetry } from '../kit/chaos/requests.ts';
import { contendForOrders, runOrderLifecycles, type WriterContext, writeWithoutKeys } from '../kit/chaos/writers.ts';
import { waitUntil } from '../kit/wait-until.ts';

const seconds = Number(process.env.CHAOS_SECONDS ?? 4);
const seed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 32));
const patienceMs = 120_000;

/** Writes until it is over. */
function startWriting(newSender: () => RequestContext, over: AbortSignal): Promise<unknown> {
  const contested: number[] = [];
  const write = (work: (writer: WriterContext) => Promise<void>, count: number) =>
    Array.from({ length: count }, () => work({ ...newSender(), over, contested }));
  return Promise.all([...write(runOrderLifecycles, 16), ...write(contendForOrders, 8), ...write(writeWithoutKeys, 2)]);
}

/** Rejects where this does, and else never ends. */
async function failing(work: Promise<unknown>): Promise<never> {
  await work;
  return Promise.withResolvers<never>().promise;
}

/** One line on what has been, and one for each thing that the nodes have complained of. */
function summaryOf(
  { nodes, takeovers }: Cluster,
  { writes, failures }: RequestLog,
  others: Record<string, number>,
): string {
  const outcomes = [...Map.groupBy(writes, ({ outcome }) => outcome.kind)];
  const waits = takeovers.waits.map((ms) => ms / 1_000).sort((one, other) => one - other);
  const [median = 0, longest = 0] = [waits[Math.floor(waits.length / 2)], waits.at(-1)];
  const counts = {
    ...others,
    'starts in vain': nodes.failedStarts.length,
    ...Object.fromEntries(outcomes.map(([kind, { length }]) => [`writes answered: ${kind}`, length])),
    ...Object.fromEntries(Object.entries(failures).map(([loss, count]) => [`requests ${loss}`, count])),
    'validations left behind': waits.length,
    'median and longest s until they were free': `${median.toFixed(1)}, ${longest.toFixed(1)}`,
  };
  const said = Map.groupBy(nodes.warnings, ({ level, msg }) => `log, level ${level}: ${msg}`);
  const lines = [...said].map(([what, { length }]) => `\n  ${length} × ${what}`);
  return `chaos, seed ${seed}: ${Object.entries(counts)
    .map((entry) => entry.join(' '))
    .join('; ')}${lines.join('')}\n`;
}

test(`three nodes that are killed for ${seconds} s, and PostgreSQL after them, keep every promise (seed ${seed})`, {
  timeout: 300_000 + seconds * 3_000,
}, async () => {
  const random = seededRandom(seed);
  const journal = createRequestLog();
  await using cluster = await startCluster();
  const { nodes, server } = cluster;
  const newSender = () => ({ nodes, random: random.fork(), requestLog: journal });
  await using audience = await startConsumers(nodes, newSender);
  const ending = new AbortController();
  await using _ = { [Symbol.asyncDispose]: async () => ending.abort() };
  const over = ending.signal;
  const writing = startWriting(newSender, over);
  const harm = async () => {
    const done = await injectNodeFaults(cluster, random.fork(), { seconds, over });
    await restartDatabase(cluster, random.fork(), journal);
    return done;
  };
  const done = await Promise.race([harm(), failing(writing), failing(audience.reading)]);
  ending.abort();
  await writing;
  await nodes.waitUntilAllReady();
  await waitUntil(
    () => requestWithRetry(newSender(), ({ stats }) => stats.get()),
    ({ openValidations }) => openValidations === 0,
    patienceMs,
  );
  const events = await audience.finish();
  const lives = replayHistories(events);
  expectResponsesMatchHistories(journal.writes, lives);
  await expectReadsMatchHistories(createNodeClient(await nodes.pick(random)), lives);
  await expectConsistentDatabase(
    server.url,
    events.map(({ position }) => position),
  );
  expect(nodes.unexpectedExits).toEqual([]);
  // A node that starts while the database is away says so, and nothing else keeps it from starting.
  expect(nodes.failedStarts.filter((reason) => !reason.includes('the database'))).toEqual([]);
  const others = { ...done, databaseRestarts, events: events.length, orders: lives.size, ...audience.counts };
  process.stdout.write(summaryOf(cluster, journal, others));
});
