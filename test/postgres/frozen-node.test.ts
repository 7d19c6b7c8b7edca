// A node process is frozen (SIGSTOP) at a chosen moment and continued later, while another node works on the same
// database. The tests run concurrently, because they mostly wait for timeouts.

import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { type Client, createClient, ProblemError } from '../../client/index.ts';
import { createTemporaryDatabase } from '../kit/database/database.ts';
import { startPostgresProxy } from '../kit/database/postgres-proxy.ts';
import { listNumbers, toPositions } from '../kit/events/events.ts';
import { createGate } from '../kit/gate.ts';
import { contractFetch } from '../kit/http/contract-fetch.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { startTestApp, type TestApp } from '../kit/service/app.ts';
import { startServiceProcess } from '../kit/service/process.ts';
import { waitUntil } from '../kit/wait-until.ts';
import { localTargets, startReceiver, waitForWebhook } from '../kit/webhooks/receiver.ts';

/** The moments at which a node is frozen, as texts of the last statement that reaches the database before. */
const moments = {
  'with a row lock': 'for update',
  'with the lock of the log': 'insert into events',
  'during its commit': 'commit\0',
} as const;

/** The database timeout plus the time until the next attempt. */
const longestDelayMs = 10_000;

/** Starts a node that can be frozen; a second node on the same database is started on demand. */
async function startNodes() {
  await using opening = new AsyncDisposableStack();
  const database = opening.use(await createTemporaryDatabase());
  const proxy = opening.use(await startPostgresProxy(database.url));
  const environment = { WEBHOOKS_ALLOW_HTTP: 'on', WEBHOOKS_ALLOW_PRIVATE: 'on' };
  const gate = createGate();
  const freezable = opening.use(await startServiceProcess({ DATABASE_URL: proxy.url, ...environment }));
  const opened = opening.move();
  return {
    startOther: async () => opened.use(await startTestApp({ databaseUrl: database.url, ...localTargets })),
    /** A client of the node that can be frozen. */
    client: createClient({ baseUrl: freezable.url, fetch: contractFetch, maxRetries: 0 }),
    /** Freezes the node at the next statement that contains this text. The promise resolves when it is frozen. */
    freezeAt: (text: string) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      proxy.onNext(text, () => {
        freezable.sendSignal('SIGSTOP');
        resolve();
        return gate.wait();
      });
      return promise;
    },
    freeze: () => freezable.sendSignal('SIGSTOP'),
    thaw: () => {
      gate.open();
      freezable.sendSignal('SIGCONT');
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Repeats a request while the service is unavailable. */
async function repeatUntilAvailable<Result>(send: () => Promise<Result>): Promise<Result> {
  const result = await waitUntil(
    () => catchUnavailable(send()),
    (outcome) => outcome !== 'unavailable',
    longestDelayMs,
  );
  if (result === 'unavailable') throw new Error('unreachable');
  return result;
}

/** Returns `unavailable` if the request fails with this problem. */
async function catchUnavailable<Result>(response: Promise<Result>): Promise<Result | 'unavailable'> {
  return response.catch((error: unknown) => {
    if (error instanceof ProblemError && error.code === 'unavailable') return 'unavailable';
    throw error;
  });
}

/** Returns the number of events that set the note of an order to this text. Checks that the sequences have no gap. */
async function countEdits(client: Client, orderId: number, note: string): Promise<number> {
  const { data } = await client.orders.events({ orderId, limit: 100 });
  expect(data.map(({ sequence }) => sequence)).toEqual(listNumbers(1, data.length));
  return data.filter((event) => event.type === 'order.updated' && event.data.changes.note?.to === note).length;
}

test.concurrent.each(['with a row lock', 'with the lock of the log'] as const)(
  'a node that is frozen %s delays other nodes at most until the timeout and confirms no lost write',
  { timeout: 60_000 },
  async (moment) => {
    await using nodes = await startNodes();
    const { client } = nodes;
    const other = await nodes.startOther();
    for (const _ of [1, 2]) await client.orders.create(buildOrder());
    const frozen = nodes.freezeAt(moments[moment]);
    const own = catchUnavailable(client.orders.edit({ orderId: 1, note: 'frozen' }));
    await frozen;
    expect(await other.client.orders.get({ orderId: 1 })).toMatchObject({ version: 1, note: null });
    // A row lock does not delay writes of other rows.
    if (moment === 'with a row lock') await other.client.orders.edit({ orderId: 2, note: 'at once' });
    const edited = await repeatUntilAvailable(() => other.client.orders.edit({ orderId: 1, note: 'other' }));
    expect(edited).toMatchObject({ version: 2, note: 'other' });
    nodes.thaw();
    const late = await own;
    // The frozen node repeats its decision, based on the write of the other node.
    if (late !== 'unavailable') expect(late).toMatchObject({ version: 3, note: 'frozen' });
    expect(await countEdits(other.client, 1, 'frozen')).toBe(late === 'unavailable' ? 0 : 1);
    const again = await repeatUntilAvailable(() => client.orders.edit({ orderId: 1, note: 'again' }));
    expect(again).toEqual(await other.client.orders.get({ orderId: 1 }));
  },
);

test.concurrent('requests that are sent to a frozen node and repeated at another node are executed once', {
  timeout: 60_000,
}, async () => {
  await using nodes = await startNodes();
  const { client } = nodes;
  const other = await nodes.startOther();
  const keys = Array.from({ length: 10 }, (_, index) => `key-${index}`);
  const create = ({ orders }: Client, key: string) => orders.create(buildOrder({ note: key }), { idempotencyKey: key });
  await client.orders.create(buildOrder({ note: 'first' }));
  const frozen = nodes.freezeAt(moments['with the lock of the log']);
  const own = keys.map((key) => catchUnavailable(create(client, key)));
  await frozen;
  const repeated = await Promise.all(keys.map((key) => repeatUntilAvailable(() => create(other.client, key))));
  nodes.thaw();
  const late = await Promise.all(own);
  for (const [index, order] of repeated.entries()) {
    expect([order, 'unavailable']).toContainEqual(late[index]);
    expect(await repeatUntilAvailable(() => create(client, keys[index] ?? ''))).toEqual(order);
  }
  const { data } = await other.client.orders.list({ limit: 100 });
  expect(data.map(({ note }) => note).sort()).toEqual(['first', ...keys]);
});

/** Returns the time since the newest commit mark, in seconds. */
async function readSecondsSinceCommit({ service }: TestApp): Promise<number> {
  const { rows } = await sql<{ seconds: number | null }>`select
    extract(epoch from clock_timestamp() - max(marked_at))::float8 as seconds from commit_marks
    where mark > 0`.execute(service.store.reader);
  return rows[0]?.seconds ?? 0;
}

test.concurrent('a node that is frozen during its commit returns the result after it continues', {
  timeout: 60_000,
}, async () => {
  await using nodes = await startNodes();
  const { client } = nodes;
  const other = await nodes.startOther();
  await client.orders.create(buildOrder());
  const frozen = nodes.freezeAt(moments['during its commit']);
  const own = client.orders.edit({ orderId: 1, note: 'frozen' });
  await frozen;
  const committed = await waitUntil(
    () => other.client.orders.get({ orderId: 1 }),
    ({ version }) => version === 2,
  );
  // Wait longer than the query timeout of the frozen node: when it continues, it closes the connection before it reads
  // the response.
  await waitUntil(
    () => readSecondsSinceCommit(other),
    (seconds) => seconds > 11,
  );
  nodes.thaw();
  expect(await own).toEqual(committed);
  expect(await countEdits(other.client, 1, 'frozen')).toBe(1);
});

test.concurrent('a node that is frozen while it sends a webhook loses the lease and does not move the position back', {
  timeout: 60_000,
}, async () => {
  const responses: (() => void)[] = [];
  await using receiver = await startReceiver((_, response) => {
    responses.push(() => response.writeHead(204).end());
    return undefined;
  });
  await using nodes = await startNodes();
  const { client } = nodes;
  const { id: webhookId } = await client.webhooks.create({ url: receiver.url });
  await client.orders.create(buildOrder());
  await receiver.waitUntilReceived(1);
  nodes.freeze();
  const other = await nodes.startOther();
  for (let count = 0; count < 60; count += 1)
    await repeatUntilAvailable(() => other.client.orders.create(buildOrder()));
  receiver.respondWith(204);
  // The frozen node reads this response when it continues.
  for (const respond of responses) respond();
  const waitForPosition = (position: number) =>
    waitForWebhook(other.client, webhookId, (webhook) => webhook.position === position, 30_000);
  await waitForPosition(62);
  const before = receiver.received.length;
  nodes.thaw();
  await repeatUntilAvailable(() => client.orders.create(buildOrder()));
  expect(await waitForPosition(63)).toMatchObject({ state: 'active', failure: null });
  expect(toPositions(receiver.events)).toEqual(listNumbers(2, 63));
  // The other node has repeated the attempt during which the node was frozen, and no other.
  expect(receiver.received).toHaveLength(before + 1);
});
