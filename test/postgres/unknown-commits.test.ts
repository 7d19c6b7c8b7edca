// Commits whose outcome is unknown, because the connection to PostgreSQL was lost: no command is executed twice.

import { expect, test } from 'vitest';
import { createTemporaryDatabase, runStatement } from '../kit/database/database.ts';
import { startPostgresProxy } from '../kit/database/postgres-proxy.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { catchProblem } from '../kit/http/problems.ts';
import { startTestApp, type TestApp } from '../kit/service/app.ts';

async function startBehindProxy() {
  await using opening = new AsyncDisposableStack();
  const database = opening.use(await createTemporaryDatabase());
  const proxy = opening.use(await startPostgresProxy(database.url));
  const app = opening.use(await startTestApp({ databaseUrl: proxy.url, databaseTimeoutMs: 500 }));
  const opened = opening.move();
  return { app, proxy, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** Creates orders concurrently, each with its own key. */
function createConcurrently({ client }: TestApp, keys: readonly string[]): Promise<{ id: number }>[] {
  return keys.map((key) => client.orders.create(buildOrder({ note: key }), { idempotencyKey: key }));
}

/** Checks that exactly one order was created for each note, with one event. */
async function expectOneOrderEach({ client }: TestApp, notes: readonly string[]): Promise<void> {
  const { data } = await client.orders.list({ limit: 100 });
  expect(data.map(({ note }) => note).sort()).toEqual(notes.toSorted());
  for (const { id } of data) expect((await client.orders.events({ orderId: id })).data).toHaveLength(1);
}

const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);

test.each<['before' | 'after', string]>([
  ['before', 'is repeated'],
  ['after', 'is recognized as committed'],
])('a commit whose connection is lost %s its execution %s', async (cut) => {
  await using started = await startBehindProxy();
  const { app, proxy } = started;
  for (const round of [0, 1, 2]) {
    proxy.cutNextCommit(cut);
    // Without keys, so that a repeated execution would be visible.
    const notes = keys.slice(5 * round, 5 * round + 5);
    const responses = await Promise.all(notes.map((note) => app.send('POST', '/orders', buildOrder({ note }))));
    expect(responses.map(({ status }) => status)).toEqual(notes.map(() => 201));
    for (const { headers } of responses) expect((await app.request(headers.get('location') ?? '')).status).toBe(200);
  }
  expect(proxy.cuts).toBe(3);
  await expectOneOrderEach(app, keys.slice(0, 15));
});

test.each<'before' | 'after'>(['before', 'after'])(
  'a commit whose connection is lost %s its execution during an outage returns 503, and repetitions of the requests succeed',
  async (cut) => {
    await using started = await startBehindProxy();
    const { app, proxy } = started;
    proxy.cutNextCommit(cut, true);
    await Promise.all(createConcurrently(app, keys).map((order) => catchProblem('unavailable', order)));
    proxy.heal();
    expect((await app.request('/health/ready')).status).toBe(200);
    const orders = await Promise.all(createConcurrently(app, keys));
    expect(new Set(orders.map(({ id }) => id)).size).toBe(keys.length);
    await expectOneOrderEach(app, keys);
  },
);

test('a failed begin of a transaction does not affect the next transaction', async () => {
  await using database = await createTemporaryDatabase();
  await using app = await startTestApp({ databaseUrl: database.url });
  const rename = (from: string, to: string) => runStatement(database.url, `alter table ${from} rename to ${to}`);
  await rename('commit_marks', 'elsewhere');
  await expect(app.client.orders.create(buildOrder())).rejects.toThrow();
  await rename('elsewhere', 'commit_marks');
  expect(await app.client.orders.create(buildOrder())).toMatchObject({ status: 'CREATED' });
});
