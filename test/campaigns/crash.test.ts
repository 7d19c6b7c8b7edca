// Kills of the service process (SIGKILL) at random moments under load. CRASH_ROUNDS sets the number of kills.

import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { type Client, ConnectionError, createClient, type NewOrderRequest, type Order } from '../../client/index.ts';
import { chooseRounds, createTemporaryDatabase } from '../kit/database/database.ts';
import { deleteJobs, openTestStore } from '../kit/database/store.ts';
import { listNumbers } from '../kit/events/events.ts';
import { createTemporaryFolder } from '../kit/folder.ts';
import { contractFetch } from '../kit/http/contract-fetch.ts';
import { buildOrder, failingItems, readEveryOrder, waitForValidation, waitUntilRunning } from '../kit/http/orders.ts';
import { startTestApp } from '../kit/service/app.ts';
import { startHangingApp } from '../kit/service/hanging-app.ts';
import { hangingPolicy, manyItems } from '../kit/service/hanging-policy.ts';
import { startServiceProcess } from '../kit/service/process.ts';
import { waitUntil } from '../kit/wait-until.ts';

const rounds = chooseRounds(process.env.CRASH_ROUNDS, { sqlite: 3, postgres: 2 });
const clients = 8;

/** The acknowledged writes. */
type Acknowledged = {
  /** The greatest version of each order, by id. */
  versions: Map<number, number>;
  /** The ids of the validations that were started. */
  runs: Set<number>;
  /** The idempotency keys of the requests for new orders that have no response yet. */
  pendingKeys: string[];
};

test(`the service loses no acknowledged write in ${rounds} kills`, { timeout: 60_000 + rounds * 20_000 }, async () => {
  await using database = await createTemporaryDatabase();
  const environment = { DATABASE_URL: database.url, LOG_LEVEL: 'info' };
  const acknowledged: Acknowledged = { versions: new Map(), runs: new Set(), pendingKeys: [] };
  for (let round = 0; round < rounds; round += 1) {
    await using service = await startServiceProcess(environment);
    const client = createClient({ baseUrl: service.url, fetch: contractFetch, maxRetries: 0 });
    const kill = killAfter(20 + Math.floor(Math.random() * 200), () => service.stop('SIGKILL'));
    await Promise.all(Array.from({ length: clients }, () => writeUntilKilled(client, acknowledged, kill.count)));
    await kill.done;
  }
  await using service = await startServiceProcess(environment);
  const client = createClient({ baseUrl: service.url, fetch: contractFetch, maxRetries: 0 });
  for (const key of acknowledged.pendingKeys) await client.orders.create(buildKeyedOrder(key), { idempotencyKey: key });
  await waitUntil(
    () => client.stats.get(),
    ({ openValidations }) => openValidations === 0,
    60_000,
  );
  const orders = await readEveryOrder(client);
  // Every request was repeated with the same key until there was a response.
  const keys = [...orders.values()].map(({ note }) => note);
  expect(new Set(keys).size).toBe(keys.length);
  for (const [id, version] of acknowledged.versions) expect(orders.get(id)?.version).toBeGreaterThanOrEqual(version);
  for (const validationId of acknowledged.runs) {
    expect(['passed', 'failed']).toContain((await client.validations.get({ validationId })).state);
  }
  for (const order of orders.values()) await expectConsistentHistory(client, order);
  await expectConsistentCounters(client, orders);
});

test('repeated requests with one key before and after a kill create one order', { timeout: 60_000 }, async () => {
  await using database = await createTemporaryDatabase();
  const environment = { DATABASE_URL: database.url };
  const keys = Array.from({ length: 20 * rounds }, (_, index) => `key-${index}`);
  const create = async (client: Client, key: string) => {
    const { id } = await client.orders.create(buildOrder({ note: key }), { idempotencyKey: key });
    return [key, id] as const;
  };
  const acknowledged: (readonly [string, number])[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await using service = await startServiceProcess(environment);
    const client = createClient({ baseUrl: service.url, maxRetries: 0 });
    const copies = keys.slice(20 * round, 20 * round + 20).flatMap((key) => [key, key, key]);
    const requests = copies.map((key) => create(client, key));
    await Promise.any(requests);
    await service.stop('SIGKILL');
    for (const outcome of await Promise.allSettled(requests)) {
      if ('value' in outcome) acknowledged.push(outcome.value);
    }
  }
  await using service = await startServiceProcess(environment);
  const client = createClient({ baseUrl: service.url, maxRetries: 0 });
  const ids = new Map(await Promise.all(keys.map((key) => create(client, key))));
  for (const [key, id] of acknowledged) expect(ids.get(key)).toBe(id);
  expect((await client.orders.list({ withTotal: true })).page.total).toBe(keys.length);
});

test('a validation that was running when the process was killed runs again, and both attempts count', async () => {
  await using folder = await createTemporaryFolder();
  await using database = await createTemporaryDatabase();
  const environment = { DATABASE_URL: database.url };
  const policy = await folder.write('policy.json', hangingPolicy);
  {
    await using service = await startServiceProcess({ ...environment, VALIDATION_POLICY: policy });
    const client = createClient({ baseUrl: service.url, maxRetries: 0 });
    await client.orders.create(buildOrder({ items: manyItems }));
    await client.orders.validate({ orderId: 1 });
    await waitUntilRunning(client, 1);
    await service.stop('SIGKILL');
  }
  await using service = await startServiceProcess(environment);
  const client = createClient({ baseUrl: service.url, maxRetries: 0 });
  expect(await waitForValidation(client, 1)).toMatchObject({ state: 'passed', attempt: 2 });
  expect(await client.orders.get({ orderId: 1 })).toMatchObject({ status: 'VALIDATED' });
});

test('an open validation without a job gets a new job at the start', async () => {
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

/** Calls `kill` when `count` has been called `limit` times. */
function killAfter(limit: number, kill: () => Promise<unknown>) {
  let calls = 0;
  const done = Promise.withResolvers<unknown>();
  const count = () => {
    calls += 1;
    if (calls === limit) done.resolve(kill());
  };
  return { count, done: done.promise };
}

/** Creates orders, edits some, and starts their validations until the connection breaks; counts the responses. */
async function writeUntilKilled(
  client: Client,
  { versions, runs, pendingKeys }: Acknowledged,
  count: () => void,
): Promise<void> {
  const record = ({ id, version }: Order) => {
    versions.set(id, version);
    count();
  };
  try {
    for (let index = 0; ; index += 1) {
      const order = await createWithKey(client, pendingKeys);
      record(order);
      if (order.validation) {
        runs.add(order.validation.id);
        continue;
      }
      if (index % 4 === 0) record(await client.orders.edit({ orderId: order.id, metadata: { is: 'edited' } }));
      const { validation } = await client.orders.validate({ orderId: order.id });
      runs.add(validation.id);
      count();
    }
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
  }
}

/**
 * Builds the same request for the same key. One order in three fails its validation, and one in four is created with
 * its validation.
 */
function buildKeyedOrder(key: string): NewOrderRequest {
  const isFailing = Number.parseInt(key.slice(0, 2), 16) % 3 === 0;
  const order = buildOrder({ note: key, ...(isFailing ? { items: failingItems } : {}) });
  return { ...order, validate: isCreatedWithValidation(key) };
}

function isCreatedWithValidation(key: string): boolean {
  return Number.parseInt(key.slice(2, 4), 16) % 4 === 0;
}

/** Creates an order; repeats a request that has no response yet, if there is one. */
async function createWithKey(client: Client, pendingKeys: string[]): Promise<Order> {
  const key = pendingKeys.pop() ?? randomUUID();
  try {
    return await client.orders.create(buildKeyedOrder(key), { idempotencyKey: key });
  } catch (error) {
    pendingKeys.push(key);
    throw error;
  }
}

/**
 * Checks that the sequences have no gap up to the version, that there is at most one validation result, and that an
 * order whose request had `validate` was created together with its validation.
 */
async function expectConsistentHistory(
  client: Client,
  { id, version, status, validation, note }: Order,
): Promise<void> {
  const { data } = await client.orders.events({ orderId: id, limit: 100 });
  expect(data.map(({ sequence }) => sequence)).toEqual(listNumbers(1, version));
  if (isCreatedWithValidation(note ?? '')) expect(data[1]?.type).toBe('order.validation_started');
  const results = data.filter(({ type }) => type === 'order.validated' || type === 'order.rejected');
  expect(results).toHaveLength(validation ? 1 : 0);
  const expected = { 'order.validated': 'VALIDATED', 'order.rejected': 'REJECTED' } as Record<string, string>;
  expect(status).toBe(expected[results[0]?.type ?? ''] ?? 'CREATED');
}

async function expectConsistentCounters(client: Client, orders: Map<number, Order>): Promise<void> {
  const counts: Record<string, number> = { CREATED: 0, VALIDATED: 0, APPROVED: 0, REJECTED: 0 };
  for (const { status } of orders.values()) counts[status] = (counts[status] ?? 0) + 1;
  expect((await client.stats.get()).orders).toEqual(counts);
}
