// Three nodes on one PostgreSQL under load, one killed every few seconds or standing still, then PostgreSQL itself, twice: what was
// answered is there, what was started ends, and every reader has seen every event once. `npm run test:chaos` does it
// for two minutes; `CHAOS_SEED` chooses the same kills again.

import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { expectTrueAnswers } from './kit/chaos/accounts.ts';
import { expectAnswersOf, expectNothingLeftOver, expectReceivedInOrder } from './kit/chaos/aftermath.ts';
import { startBalancer } from './kit/chaos/balancer.ts';
import { livesOf } from './kit/chaos/histories.ts';
import { type Journal, newJournal } from './kit/chaos/journal.ts';
import { startNodes } from './kit/chaos/nodes.ts';
import { policyText } from './kit/chaos/policy.ts';
import { type Random, seededRandom } from './kit/chaos/random.ts';
import { followStream, readFeed } from './kit/chaos/readers.ts';
import { ask, clientOf, type Sender } from './kit/chaos/sending.ts';
import { Takeovers } from './kit/chaos/takeovers.ts';
import { getInTheWay, goWithoutKeys, ownOrders, type Writer } from './kit/chaos/writers.ts';
import { temporaryFolder } from './kit/folder.ts';
import { anOrder } from './kit/orders.ts';
import { startPostgresServer } from './kit/postgres-server.ts';
import { startReceiver } from './kit/receiver.ts';
import { until } from './kit/until.ts';

const seconds = Number(process.env.CHAOS_SECONDS ?? 8);
const seed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 32));
const restarts = 2;
/** Longer than leases and signs of life last: what a node had is with others when it goes on. */
const longestFreezeMs = 25_000;
const quietMs = 120_000;
const created = ['order.created'] as const;
const durable = { fsync: 'on', full_page_writes: 'on', autovacuum: 'on' };

/** Three nodes with the same rules, of which each has a version of its own, on a database that nobody else has. */
async function startCluster() {
  await using opening = new AsyncDisposableStack();
  const server = opening.use(await startPostgresServer(durable));
  const folder = opening.use(await temporaryFolder());
  const environments = [0, 1, 2].map(async (node) => ({
    DATABASE_URL: server.url,
    LOG_LEVEL: 'info',
    VALIDATION_POLICY: await folder.write(`policy-${node}.json`, policyText(node)),
    VALIDATION_THREADS: '2',
    // Only the rules make a validation dead here, however often its nodes are killed.
    ...{ VALIDATION_ATTEMPTS: '50', VALIDATION_TIMEOUT_MS: '60000' },
    ...{ WEBHOOKS_ALLOW_HTTP: 'on', WEBHOOKS_ALLOW_PRIVATE: 'on' },
  }));
  const nodes = opening.use(await startNodes(await Promise.all(environments)));
  const versions = await Promise.all(nodes.urls.map(async (url) => (await clientOf(url).policy.get()).version));
  const takeovers = opening.use(new Takeovers(server.url, versions));
  const opened = opening.move();
  return { server, nodes, takeovers, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

type Cluster = Awaited<ReturnType<typeof startCluster>>;

/** Kills nodes, one every few seconds, and lets another one stand still now and then; answers how many. */
async function harmNodes({ nodes, takeovers }: Cluster, random: Random): Promise<{ kills: number; freezes: number }> {
  const end = performance.now() + seconds * 1_000;
  const harm = { kills: 0, freezes: 0 };
  let frozen: { thaw: () => void; until: number } | undefined;
  while (performance.now() < end) {
    await pause(500 + random.below(3_000));
    if (frozen && performance.now() > frozen.until) {
      frozen.thaw();
      frozen = undefined;
    }
    const thaw = !frozen && random.isLucky(0.2) ? nodes.freeze(random) : undefined;
    if (thaw) {
      frozen = { thaw, until: performance.now() + random.below(longestFreezeMs) };
      harm.freezes += 1;
      continue;
    }
    const node = await nodes.kill(random);
    if (node === undefined) continue;
    harm.kills += 1;
    await takeovers.look(node);
  }
  frozen?.thaw();
  return harm;
}

/** Crashes PostgreSQL and starts it again, always under load; a node that dies meanwhile comes back with it. */
async function restartDatabase({ nodes, server }: Cluster, random: Random, { entries }: Journal): Promise<void> {
  const untilMoreIsWritten = async () => {
    const enough = entries.length + 100;
    await until(
      () => entries.length,
      (count) => count >= enough,
      60_000,
    );
  };
  for (let restart = 0; restart < restarts; restart += 1) {
    await untilMoreIsWritten();
    await server.stop('SIGQUIT');
    if (restart > 0) await nodes.kill(random);
    await server.start();
  }
  await untilMoreIsWritten();
}

/** Rejects where this does, and else never ends. */
async function failing(work: Promise<unknown>): Promise<never> {
  await work;
  return Promise.withResolvers<never>().promise;
}

/** Writes an order; answers the position of the event that tells of it. */
async function newestPosition(sender: Sender): Promise<number> {
  const { id: orderId } = await ask(sender, ({ orders }) => orders.create(anOrder()));
  const { data } = await ask(sender, ({ orders }) => orders.events({ orderId }));
  return data[0]?.position ?? 0;
}

test(`three nodes that are killed for ${seconds} s, and PostgreSQL after them, keep every promise (seed ${seed})`, {
  timeout: 300_000 + seconds * 3_000,
}, async () => {
  const random = seededRandom(seed);
  const journal = newJournal();
  await using cluster = await startCluster();
  const { nodes, server, takeovers } = cluster;
  const newSender = () => ({ nodes, random: random.fork(), journal });
  const sender = newSender();
  await using all = await startReceiver();
  await using ofCreations = await startReceiver();
  await ask(sender, ({ webhooks }) => webhooks.create({ url: all.url }));
  await ask(sender, ({ webhooks }) => webhooks.create({ url: ofCreations.url, types: [...created] }));
  const chance = random.fork();
  await using balancer = await startBalancer(() => nodes.pick(chance));
  const over = new AbortController();
  await using leaving = new AsyncDisposableStack();
  leaving.defer(() => over.abort());
  const finish = { position: Number.POSITIVE_INFINITY };
  let resumptions = 0;
  const onLost = () => {
    resumptions += 1;
  };
  const gone = new AbortController();
  leaving.defer(() => gone.abort());
  const streams = [1, 2, 3].map(() => followStream(balancer.url, finish, { onLost, signal: gone.signal }));
  const reading = Promise.all([readFeed(newSender(), finish), ...streams]);
  const contested: number[] = [];
  const write = (work: (writer: Writer) => Promise<void>, count: number) =>
    Array.from({ length: count }, () => work({ ...newSender(), over: over.signal, contested }));
  const writing = Promise.all([...write(ownOrders, 16), ...write(getInTheWay, 8), ...write(goWithoutKeys, 2)]);
  const harm = async () => {
    const done = await harmNodes(cluster, random.fork());
    await restartDatabase(cluster, random.fork(), journal);
    return done;
  };
  const { kills, freezes } = await Promise.race([harm(), failing(writing), failing(reading)]);
  over.abort();
  await writing;
  await nodes.untilAllLive();

  await until(
    () => ask(sender, ({ stats }) => stats.get()),
    ({ openValidations }) => openValidations === 0,
    quietMs,
  );
  finish.position = (await newestPosition(sender)) + 1;
  // The last event of all, on which readers leave.
  await newestPosition(sender);
  const [events, ...seen] = await reading;
  const positions = events.map(({ position }) => position);
  for (const ofStream of seen) expect(ofStream).toEqual(positions);
  for (const webhookId of [1, 2]) {
    await until(
      () => ask(sender, ({ webhooks }) => webhooks.get({ webhookId })),
      ({ position }) => position === positions.at(-1),
      quietMs,
    );
  }
  expectReceivedInOrder(all.received, events);
  expectReceivedInOrder(
    ofCreations.received,
    events.filter(({ type }) => type === 'order.created'),
  );

  const lives = livesOf(events);
  expectTrueAnswers(journal.entries, lives);
  await expectAnswersOf(clientOf(await nodes.pick(random)), lives);
  await expectNothingLeftOver(server.url, positions);
  expect(nodes.unasked).toEqual([]);
  expect(nodes.failedStarts.filter((reason) => !reason.includes('the database'))).toEqual([]);
  const { broken, unavailable, late } = journal.losses;
  const kinds = Map.groupBy(journal.entries, ({ outcome }) => outcome.kind);
  const counts = [...kinds].map(([kind, { length }]) => `${length} ${kind}`).join(', ');
  const waits = takeovers.waits.map((ms) => ms / 1_000).sort((one, other) => one - other);
  const [median = 0, longest = 0] = [waits[Math.floor(waits.length / 2)], waits.at(-1)];
  process.stdout.write(
    `chaos, seed ${seed}: ${kills} kills, ${freezes} standstills and ${restarts} restarts of the database (${nodes.failedStarts.length} starts in vain); ` +
      `writes: ${counts}; sent again: ${broken} broken, ${unavailable} unavailable, ${late} late; ${events.length} events, ` +
      `${lives.size} orders, ${all.received.length} deliveries; streams resumed ${resumptions} times; ` +
      `${waits.length} validations left behind, free after ${median.toFixed(1)} s, at most ${longest.toFixed(1)} s\n`,
  );
  const said = Map.groupBy(nodes.warnings, ({ level, msg }) => `${level} ${msg}`);
  process.stdout.write(`${[...said].map(([what, { length }]) => `  ${length} × ${what}`).join('\n')}\n`);
});
