// Killed at random moments, while orders are written and validated, the service has lost nothing that it answered,
// and every validation that it started ends. `npm run test:crash` does it for longer.

import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { type Client, ConnectionError, createClient, type NewOrderInput, type Order } from '../../client/index.ts';
import { startTestApp } from '../kit/app.ts';
import { contractFetch } from '../kit/contract-fetch.ts';
import { chooseRounds, createTemporaryDatabase } from '../kit/database.ts';
import { createTemporaryFolder } from '../kit/folder.ts';
import { startHangingApp } from '../kit/hanging-app.ts';
import { hangingPolicy, manyItems } from '../kit/hanging-policy.ts';
import { buildOrder, failingItems, waitForValidation } from '../kit/orders.ts';
import { startServiceProcess } from '../kit/process.ts';
import { deleteJobs, openTestStore } from '../kit/store.ts';
import { waitUntil } from '../kit/wait-until.ts';

const rounds = chooseRounds(process.env.CRASH_ROUNDS, { sqlite: 3, postgres: 2 });
const clients = 8;

/** What was answered: order id → the greatest version of it, and the runs that were started. */
type Answered = {
  versions: Map<number, number>;
  runs: Set<number>;
  /** The keys under which an order was asked for whose answer has not come. */
  unanswered: string[];
};

test(`survives ${rounds} kills`, { timeout: 60_000 + rounds * 20_000 }, async () => {
  await using database = await createTemporaryDatabase();
  const environment = { DATABASE_URL: database.url, LOG_LEVEL: 'info' };
  const answered: Answered = { versions: new Map(), runs: new Set(), unanswered: [] };
  for (let round = 0; round < rounds; round += 1) {
    await using service = await startServiceProcess(environment);
    const client = createClient({ baseUrl: service.url, fetch: contractFetch });
    const kill = killAfter(20 + Math.floor(Math.random() * 200), () => service.stop('SIGKILL'));
    await Promise.all(Array.from({ length: clients }, () => work(client, answered, kill.count)));
    await kill.done;
  }
  await using service = await startServiceProcess(environment);
  const client = createClient({ baseUrl: service.url, fetch: contractFetch });
  await waitUntil(
    () => client.stats.get(),
    ({ openValidations }) => openValidations === 0,
    60_000,
  );
  for (const key of answered.unanswered) await client.orders.create(orderOf(key), { idempotencyKey: key });
  const orders = await everyOrder(client);
  // Every client asked again until there was an answer, with the key of the first time.
  const keys = [...orders.values()].map(({ note }) => note);
  expect(new Set(keys).size).toBe(keys.length);
  for (const [id, version] of answered.versions) expect(orders.get(id)?.version).toBeGreaterThanOrEqual(version);
  for (const validationId of answered.runs) {
    expect(['passed', 'failed']).toContain((await client.validations.get({ validationId })).state);
  }
  for (const order of orders.values()) await expectSoundHistory(client, order);
  await expectSoundCounters(client, orders);
});

test('makes one order of each key, however often it is sent before and after a kill', { timeout: 60_000 }, async () => {
  await using database = await createTemporaryDatabase();
  const environment = { DATABASE_URL: database.url };
  const keys = Array.from({ length: 20 * rounds }, (_, index) => `key-${index}`);
  const create = async (client: Client, key: string) => {
    const { id } = await client.orders.create(buildOrder({ note: key }), { idempotencyKey: key });
    return [key, id] as const;
  };
  const answered: (readonly [string, number])[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await using service = await startServiceProcess(environment);
    const client = createClient({ baseUrl: service.url });
    const copies = keys.slice(20 * round, 20 * round + 20).flatMap((key) => [key, key, key]);
    const asked = copies.map((key) => create(client, key));
    await Promise.any(asked);
    await service.stop('SIGKILL');
    for (const outcome of await Promise.allSettled(asked)) if ('value' in outcome) answered.push(outcome.value);
  }
  await using service = await startServiceProcess(environment);
  const client = createClient({ baseUrl: service.url });
  const ids = new Map(await Promise.all(keys.map((key) => create(client, key))));
  for (const [key, id] of answered) expect(ids.get(key)).toBe(id);
  expect((await client.orders.list({ withTotal: true })).page.total).toBe(keys.length);
});

test('takes up a validation that was going on when the process was killed, and counts the attempt', async () => {
  await using folder = await createTemporaryFolder();
  await using database = await createTemporaryDatabase();
  const environment = { DATABASE_URL: database.url };
  const policy = await folder.write('policy.json', hangingPolicy);
  {
    await using service = await startServiceProcess({ ...environment, VALIDATION_POLICY: policy });
    const client = createClient({ baseUrl: service.url });
    await client.orders.create(buildOrder({ items: manyItems }));
    await client.orders.validate({ orderId: 1 });
    await waitUntil(
      () => client.validations.get({ validationId: 1 }),
      ({ state }) => state === 'running',
    );
    await service.stop('SIGKILL');
  }
  await using service = await startServiceProcess(environment);
  const client = createClient({ baseUrl: service.url });
  expect(await waitForValidation(client, 1)).toMatchObject({ state: 'passed', attempt: 2 });
  expect(await client.orders.get({ orderId: 1 })).toMatchObject({ status: 'VALIDATED' });
});

test('gives an open validation that has lost its job a new one', async () => {
  await using database = await createTemporaryDatabase();
  const databaseUrl = database.url;
  {
    await using _app = await startHangingApp({ databaseUrl });
  }
  {
    await using store = await openTestStore(databaseUrl);
    await deleteJobs(store);
  }
  await using app = await startTestApp({ databaseUrl });
  expect(await waitForValidation(app.client, 1)).toMatchObject({ state: 'passed' });
});

/** Counts answers, and kills when there were so many. */
function killAfter(limit: number, kill: () => Promise<unknown>) {
  let seen = 0;
  const done = Promise.withResolvers<unknown>();
  const count = () => {
    seen += 1;
    if (seen === limit) done.resolve(kill());
  };
  return { count, done: done.promise };
}

/** Creates orders, edits some, and starts their validations, until the connection breaks. */
async function work(client: Client, { versions, runs, unanswered }: Answered, count: () => void): Promise<void> {
  const keep = ({ id, version }: Order) => {
    versions.set(id, version);
    count();
  };
  try {
    for (let index = 0; ; index += 1) {
      const order = await createOnce(client, unanswered);
      keep(order);
      if (index % 4 === 0) keep(await client.orders.edit({ orderId: order.id, metadata: { is: 'edited' } }));
      const { validation } = await client.orders.validate({ orderId: order.id });
      runs.add(validation.id);
      count();
    }
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
  }
}

/** The same order each time it is asked for with this key; the rules refuse every third. */
function orderOf(key: string): NewOrderInput {
  const isRefused = Number.parseInt(key.slice(0, 2), 16) % 3 === 0;
  return buildOrder({ note: key, ...(isRefused ? { items: failingItems } : {}) });
}

/** Creates an order, first of all one that was asked for before the kill, whose answer was lost. */
async function createOnce(client: Client, unanswered: string[]): Promise<Order> {
  const key = unanswered.pop() ?? randomUUID();
  try {
    return await client.orders.create(orderOf(key), { idempotencyKey: key });
  } catch (error) {
    unanswered.push(key);
    throw error;
  }
}

async function everyOrder(client: Client): Promise<Map<number, Order>> {
  const orders = new Map<number, Order>();
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const { data, page } = await client.orders.list({ limit: 100, ...(cursor ? { cursor } : {}) });
    for (const order of data) orders.set(order.id, order);
    cursor = page.nextCursor;
  }
  return orders;
}

/** Sequences without gaps up to the version, and at most one verdict: nothing was applied twice. */
async function expectSoundHistory(client: Client, { id, version, status, validation }: Order): Promise<void> {
  const { data } = await client.orders.events({ orderId: id, limit: 100 });
  expect(data.map(({ sequence }) => sequence)).toEqual(Array.from({ length: version }, (_, index) => index + 1));
  const verdicts = data.filter(({ type }) => type === 'order.validated' || type === 'order.rejected');
  expect(verdicts).toHaveLength(validation ? 1 : 0);
  const expected = { 'order.validated': 'VALIDATED', 'order.rejected': 'REJECTED' } as Record<string, string>;
  expect(status).toBe(expected[verdicts[0]?.type ?? ''] ?? 'CREATED');
}

async function expectSoundCounters(client: Client, orders: Map<number, Order>): Promise<void> {
  const counted = { CREATED: 0, VALIDATED: 0, APPROVED: 0, REJECTED: 0 };
  for (const { status } of orders.values()) counted[status] += 1;
  expect((await client.stats.get()).orders).toEqual(counted);
}
