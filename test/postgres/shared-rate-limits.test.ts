// What several nodes count of callers: together, whichever node answers; and each by itself while the database is away.

import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { startAuthenticatedApp, startTestApp, type TestApp, type TestOptions } from '../kit/app.ts';
import { createTemporaryDatabase } from '../kit/database.ts';
import { startPostgresServer } from '../kit/postgres-server.ts';
import { toBearerHeader } from '../kit/tokens.ts';
import { waitUntil } from '../kit/wait-until.ts';

type Nodes = AsyncDisposable & {
  readonly apps: readonly [TestApp, TestApp];
  /** Lets time pass on both. */
  advance(ms: number): void;
};

/** Two nodes on one database, with clocks that stand still. */
async function startTwo({ start = startTestApp, ...options }: TestOptions & { start?: typeof startTestApp } = {}) {
  await using opening = new AsyncDisposableStack();
  const { url: databaseUrl } = options.databaseUrl
    ? { url: options.databaseUrl }
    : opening.use(await createTemporaryDatabase());
  let nowMs = Date.now();
  const all = { databaseUrl, rateLimitSyncMs: 10, environment: { now: () => nowMs }, ...options };
  const apps = [opening.use(await start(all)), opening.use(await start(all))] as const;
  const opened = opening.move();
  const advance = (ms: number) => {
    nowMs += ms;
  };
  return { apps, advance, [Symbol.asyncDispose]: () => opened.disposeAsync() } satisfies Nodes;
}

/** What a node says is left of a limit, and for how long; it costs one. It asks the database nothing. */
async function askOnce({ request }: TestApp): Promise<{ status: number; left: number; seconds: number }> {
  const { status, headers } = await request('/policy');
  const [, left, seconds] = /;r=(\d+);t=(\d+)$/.exec(headers.get('ratelimit') ?? '') ?? [];
  return { status, left: Number(left), seconds: Number(seconds) };
}

async function ask(app: TestApp, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) expect(await askOnce(app)).toMatchObject({ status: 200 });
}

/** Asks until a node knows of all that has been asked, and answers how much that is by now. */
async function askUntilKnown(app: TestApp, quota: number, askedBefore: number): Promise<number> {
  let asked = askedBefore;
  await waitUntil(
    () => {
      asked += 1;
      return askOnce(app);
    },
    ({ left }) => left === quota - asked,
  );
  return asked;
}

/** Asks until it is refused, and answers how often it was not. */
async function askUntilRefused(app: TestApp): Promise<number> {
  let served = 0;
  while ((await askOnce(app)).status === 200) served += 1;
  return served;
}

/** How many windows the nodes have told of. */
/** What all nodes have told of each caller. */
async function toldCounts({ service: { store } }: TestApp): Promise<number[]> {
  const { rows } = await sql<{ count: number }>`select count from caller_counts`.execute(store.reader);
  return rows.map(({ count }) => count);
}

describe('a caller of two nodes', () => {
  const quota = 1_000;
  const rateLimit = { reads: quota, writes: quota };

  test('is told the same by both', async () => {
    await using nodes = await startTwo({ rateLimit });
    const [first, second] = nodes.apps;
    await ask(first, 30);
    nodes.advance(20_000);
    const asked = await askUntilKnown(first, quota, await askUntilKnown(second, quota, 30));
    const [one, other] = [await askOnce(first), await askOnce(second)];
    expect([one.seconds, other.seconds]).toEqual([40, 40]);
    expect(quota - one.left).toBe(asked + 1);
    await askUntilKnown(second, quota, asked + 2);
  });

  test('is refused by both when all that was asked is too much, until the minute is over', async () => {
    await using nodes = await startTwo({ rateLimit: { reads: 300, writes: quota } });
    const [first, second] = nodes.apps;
    await ask(first, 300);
    expect(await askUntilRefused(second)).toBeLessThan(300);
    for (const app of nodes.apps) expect(await askOnce(app)).toMatchObject({ status: 429, left: 0, seconds: 60 });
    // Other limits are counted apart.
    expect((await second.send('POST', '/policy/check', {})).headers.get('ratelimit')).toBe('"writes";r=999;t=60');
    nodes.advance(60_000);
    for (const app of nodes.apps) expect(await askOnce(app)).toMatchObject({ status: 200, left: 299, seconds: 60 });
  });

  test('who guesses tokens is refused by both', async () => {
    await using nodes = await startTwo({ rateLimit, start: startAuthenticatedApp });
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

test('what a node has counted that is gone holds until the minute is over, and is then deleted', async () => {
  await using nodes = await startTwo({ rateLimit: { reads: 1_000, writes: 1 } });
  const [first, second] = nodes.apps;
  await ask(first, 30);
  await waitUntil(
    () => toldCounts(second),
    ([count]) => count === 30,
  );
  await first.service[Symbol.asyncDispose]();
  await askUntilKnown(second, 1_000, 30);
  nodes.advance(60_000);
  expect(await askOnce(second)).toMatchObject({ left: 999 });
  nodes.advance(120_000);
  await waitUntil(
    () => toldCounts(second),
    (counts) => counts.length === 0,
  );
});

describe('while the database is away', () => {
  const quota = 200;
  const rateLimit = { reads: quota, writes: 1 };

  test('each node counts by itself, and tells of it afterwards', async () => {
    await using server = await startPostgresServer();
    await using nodes = await startTwo({ rateLimit, databaseUrl: server.url, databaseTimeoutMs: 1_000 });
    const [first, second] = nodes.apps;
    await ask(first, 10);
    const asked = await askUntilKnown(second, quota, 10);
    await server.stop('SIGINT');
    await ask(first, 20);
    await ask(second, 20);
    await waitUntil(
      () => first.logLines,
      (lines) => lines.some(({ msg }) => msg.startsWith('rate-limit sync failed')),
    );
    await server.start();
    await askUntilKnown(first, quota, await askUntilKnown(second, quota, asked + 40));
  });

  test('and when it has lost the counts, nobody is given back what a node has counted', async () => {
    await using server = await startPostgresServer();
    await using nodes = await startTwo({ rateLimit, databaseUrl: server.url, databaseTimeoutMs: 1_000 });
    const [first] = nodes.apps;
    await ask(first, 50);
    await waitUntil(
      () => toldCounts(first),
      (counts) => counts?.length === 1,
    );
    await server.stop('SIGQUIT');
    await server.start();
    await ask(first, 1);
    await waitUntil(
      () => toldCounts(first).catch(() => undefined),
      (counts) => counts?.length === 1,
    );
    expect(await askOnce(first)).toMatchObject({ left: quota - 52 });
    expect(await askUntilRefused(first)).toBe(quota - 52);
  });
});

test('the window of a node whose clock is wrong holds nobody longer than a minute', async () => {
  await using database = await createTemporaryDatabase();
  const options = { databaseUrl: database.url, rateLimitSyncMs: 10, rateLimit: { reads: 100, writes: 1 } };
  await using ahead = await startTestApp({ ...options, environment: { now: () => Date.now() + 3_600_000 } });
  await ask(ahead, 100);
  await waitUntil(
    () => toldCounts(ahead),
    (counts) => counts?.length === 1,
  );
  await using right = await startTestApp(options);
  await ask(right, 50);
  expect((await askOnce(right)).seconds).toBeLessThanOrEqual(60);
});
