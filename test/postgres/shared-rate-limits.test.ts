// Rate limits with several nodes: shared counts, and per-node counts while the database is unreachable.

import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { createTemporaryDatabase } from '../kit/database/database.ts';
import { startPostgresServer } from '../kit/database/postgres-server.ts';
import { toBearerHeader } from '../kit/http/tokens.ts';
import { startAuthenticatedApp, startTestApp, type TestApp, type TestOptions } from '../kit/service/app.ts';
import { waitUntil } from '../kit/wait-until.ts';

type Nodes = AsyncDisposable & {
  readonly apps: readonly [TestApp, TestApp];
  /** Advances the clocks of both nodes. */
  advance(ms: number): void;
};

/** Starts two nodes on one database, with a common clock that the test advances. */
async function startNodes({ start = startTestApp, ...options }: TestOptions & { start?: typeof startTestApp } = {}) {
  await using opening = new AsyncDisposableStack();
  const { url: databaseUrl } = options.databaseUrl
    ? { url: options.databaseUrl }
    : opening.use(await createTemporaryDatabase());
  let nowMs = Date.now();
  const appOptions = { databaseUrl, rateLimitSyncMs: 10, environment: { now: () => nowMs }, ...options };
  const apps = [opening.use(await start(appOptions)), opening.use(await start(appOptions))] as const;
  const opened = opening.move();
  const advance = (ms: number) => {
    nowMs += ms;
  };
  return { apps, advance, [Symbol.asyncDispose]: () => opened.disposeAsync() } satisfies Nodes;
}

/** Sends a read, which needs no database, and returns the remaining requests and seconds of the window. */
async function send({ request }: TestApp): Promise<{ status: number; remaining: number; seconds: number }> {
  const { status, headers } = await request('/policy');
  const [, remaining, seconds] = /;r=(\d+);t=(\d+)$/.exec(headers.get('ratelimit') ?? '') ?? [];
  return { status, remaining: Number(remaining), seconds: Number(seconds) };
}

/** Sends a number of reads, all of which must succeed. */
async function sendReads(app: TestApp, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) expect(await send(app)).toMatchObject({ status: 200 });
}

/** Sends reads until a node counts all reads of all nodes, and returns their number, the reads before included. */
async function sendUntilSynced(app: TestApp, quota: number, sentBefore: number): Promise<number> {
  let sent = sentBefore;
  await waitUntil(
    () => {
      sent += 1;
      return send(app);
    },
    ({ remaining }) => remaining === quota - sent,
  );
  return sent;
}

/** Sends reads until one is rejected, and returns the number of the others. */
async function sendUntilLimited(app: TestApp): Promise<number> {
  let served = 0;
  while ((await send(app)).status === 200) served += 1;
  return served;
}

/** Returns the counts in the database, one for each caller and limit. */
async function readSharedCounts({ service: { store } }: TestApp): Promise<number[]> {
  const { rows } = await sql<{ count: number }>`select count from caller_counts`.execute(store.reader);
  return rows.map(({ count }) => count);
}

describe('a caller of two nodes', () => {
  const quota = 1_000;
  const rateLimit = { reads: quota, writes: quota };

  test('two nodes report the same remaining quota to a caller', async () => {
    await using nodes = await startNodes({ rateLimit });
    const [first, second] = nodes.apps;
    await sendReads(first, 30);
    nodes.advance(20_000);
    const sent = await sendUntilSynced(first, quota, await sendUntilSynced(second, quota, 30));
    const [one, other] = [await send(first), await send(second)];
    expect([one.seconds, other.seconds]).toEqual([40, 40]);
    expect(quota - one.remaining).toBe(sent + 1);
    await sendUntilSynced(second, quota, sent + 2);
  });

  test('both nodes reject a caller whose reads together exceed the quota, until the window ends', async () => {
    await using nodes = await startNodes({ rateLimit: { reads: 300, writes: quota } });
    const [first, second] = nodes.apps;
    await sendReads(first, 300);
    expect(await sendUntilLimited(second)).toBeLessThan(300);
    for (const app of nodes.apps) expect(await send(app)).toMatchObject({ status: 429, remaining: 0, seconds: 60 });
    // Reads and writes have separate quotas.
    expect((await second.send('POST', '/policy/check', {})).headers.get('ratelimit')).toBe('"writes";r=999;t=60');
    nodes.advance(60_000);
    for (const app of nodes.apps) expect(await send(app)).toMatchObject({ status: 200, remaining: 299, seconds: 60 });
  });

  test('both nodes reject a caller that has sent too many invalid tokens', async () => {
    await using nodes = await startNodes({ rateLimit, start: startAuthenticatedApp });
    const [first, second] = nodes.apps;
    const guess = async ({ request }: TestApp) =>
      (await request('/policy', { headers: toBearerHeader('let.me.in') })).status;
    for (let count = 0; count < 60; count += 1) expect(await guess(first)).toBe(401);
    let served = 0;
    while ((await guess(second)) === 401) served += 1;
    expect(served).toBeLessThan(60);
    expect(await guess(second)).toBe(429);
  });
});

test('the counts of a stopped node remain valid until the window ends and are then deleted', async () => {
  await using nodes = await startNodes({ rateLimit: { reads: 1_000, writes: 10 } });
  const [first, second] = nodes.apps;
  await sendReads(first, 30);
  await waitUntil(
    () => readSharedCounts(second),
    ([count]) => count === 30,
  );
  await first.service[Symbol.asyncDispose]();
  await sendUntilSynced(second, 1_000, 30);
  nodes.advance(60_000);
  expect(await send(second)).toMatchObject({ remaining: 999 });
  nodes.advance(120_000);
  // The sync of further counts deletes the old ones.
  for (let count = 0; count < 2; count += 1) await second.send('POST', '/policy/check', {});
  await waitUntil(
    () => readSharedCounts(second),
    (counts) => counts.join() === '2',
  );
});

describe('rate limits while the database is unreachable', () => {
  const quota = 200;
  const rateLimit = { reads: quota, writes: 1 };

  test('each node counts on its own while the database is unreachable, and adds its counts afterwards', async () => {
    await using server = await startPostgresServer();
    await using nodes = await startNodes({ rateLimit, databaseUrl: server.url, databaseTimeoutMs: 1_000 });
    const [first, second] = nodes.apps;
    await sendReads(first, 10);
    const sent = await sendUntilSynced(second, quota, 10);
    await server.stop('SIGINT');
    await sendReads(first, 20);
    await sendReads(second, 20);
    await waitUntil(
      () => first.logLines,
      (lines) => lines.some(({ msg }) => msg.startsWith('rate-limit sync failed')),
    );
    await server.start();
    await sendUntilSynced(first, quota, await sendUntilSynced(second, quota, sent + 40));
  });

  test('a node keeps its own counts when the database has lost the shared ones', async () => {
    await using server = await startPostgresServer();
    await using nodes = await startNodes({ rateLimit, databaseUrl: server.url, databaseTimeoutMs: 1_000 });
    const [first] = nodes.apps;
    await sendReads(first, 50);
    await waitUntil(
      () => readSharedCounts(first),
      (counts) => counts?.length === 1,
    );
    await server.stop('SIGQUIT');
    await server.start();
    await sendReads(first, 1);
    await waitUntil(
      () => readSharedCounts(first).catch(() => undefined),
      (counts) => counts?.length === 1,
    );
    expect(await send(first)).toMatchObject({ remaining: quota - 52 });
    expect(await sendUntilLimited(first)).toBe(quota - 52);
  });
});

test('the window of a node whose clock is ahead lasts at most a minute on other nodes', async () => {
  await using database = await createTemporaryDatabase();
  const options = { databaseUrl: database.url, rateLimitSyncMs: 10, rateLimit: { reads: 100, writes: 1 } };
  await using ahead = await startTestApp({ ...options, environment: { now: () => Date.now() + 3_600_000 } });
  await sendReads(ahead, 100);
  await waitUntil(
    () => readSharedCounts(ahead),
    (counts) => counts?.length === 1,
  );
  await using correct = await startTestApp(options);
  await sendReads(correct, 50);
  expect((await send(correct)).seconds).toBeLessThanOrEqual(60);
});
