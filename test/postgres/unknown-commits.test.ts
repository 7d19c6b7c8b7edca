// A commit whose answer is lost: no command is run twice, and every caller learns the truth, or gets a 503 that the
// same request, sent again, resolves.

import { expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { createTemporaryDatabase, runStatement } from '../kit/database.ts';
import { buildOrder } from '../kit/orders.ts';
import { startPostgresProxy } from '../kit/postgres-proxy.ts';
import { catchProblem } from '../kit/problems.ts';

async function startBehindNetwork() {
  await using opening = new AsyncDisposableStack();
  const database = opening.use(await createTemporaryDatabase());
  const network = opening.use(await startPostgresProxy(database.url));
  const app = opening.use(await startTestApp({ databaseUrl: network.url, databaseTimeoutMs: 500 }));
  const opened = opening.move();
  return { app, network, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** Creates orders at once, each with a key of its own. */
function createTogether({ client }: TestApp, keys: readonly string[]): Promise<{ id: number }>[] {
  return keys.map((key) => client.orders.create(buildOrder({ note: key }), { idempotencyKey: key }));
}

async function expectOneOrderOfEach({ client }: TestApp, keys: readonly string[]): Promise<void> {
  const { data } = await client.orders.list({ limit: 100 });
  expect(data.map(({ note }) => note).sort()).toEqual(keys.toSorted());
  for (const { id } of data) expect((await client.orders.events({ orderId: id })).data).toHaveLength(1);
}

const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);

test.each<['before' | 'after', string]>([
  ['before', 'that was lost on its way is made again'],
  ['after', 'whose answer was lost is found out to be done'],
])('a commit cut %s it is done, %s', async (cut) => {
  await using started = await startBehindNetwork();
  const { app, network } = started;
  for (const round of [0, 1, 2]) {
    network.cutNextCommit(cut);
    // Without keys: to be done twice would show.
    const notes = keys.slice(5 * round, 5 * round + 5);
    const answers = await Promise.all(notes.map((note) => app.send('POST', '/orders', buildOrder({ note }))));
    expect(answers.map(({ status }) => status)).toEqual(notes.map(() => 201));
    for (const { headers } of answers) expect((await app.request(headers.get('location') ?? '')).status).toBe(200);
  }
  expect(network.cuts).toBe(3);
  await expectOneOrderOfEach(app, keys.slice(0, 15));
});

test.each<'before' | 'after'>(['before', 'after'])(
  'a commit cut %s it is done, of which nobody can find out, is refused with 503, and the same request resolves it',
  async (cut) => {
    await using started = await startBehindNetwork();
    const { app, network } = started;
    network.cutNextCommit(cut, true);
    await Promise.all(createTogether(app, keys).map((order) => catchProblem('unavailable', order)));
    network.heal();
    await expectReady(app);
    const orders = await Promise.all(createTogether(app, keys));
    expect(new Set(orders.map(({ id }) => id)).size).toBe(keys.length);
    await expectOneOrderOfEach(app, keys);
  },
);

async function expectReady(app: TestApp): Promise<void> {
  expect((await app.request('/health/ready')).status).toBe(200);
}

test('a transaction that cannot begin leaves nothing behind it for the next one', async () => {
  await using database = await createTemporaryDatabase();
  await using app = await startTestApp({ databaseUrl: database.url });
  const rename = (from: string, to: string) => runStatement(database.url, `alter table ${from} rename to ${to}`);
  await rename('commit_marks', 'elsewhere');
  await expect(app.client.orders.create(buildOrder())).rejects.toThrow();
  await rename('elsewhere', 'commit_marks');
  expect(await app.client.orders.create(buildOrder())).toMatchObject({ status: 'CREATED' });
});
