// Work that several nodes on one PostgreSQL database share: keyed requests, webhook deliveries and event streams.

import { expect, test } from 'vitest';
import { type Client, createClient } from '../../client/index.ts';
import { createTemporaryDatabase } from '../kit/database/database.ts';
import { createEvents, readEveryEvent, toPositions } from '../kit/events/events.ts';
import { createGate } from '../kit/gate.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { startTestApp, type TestApp, type TestOptions } from '../kit/service/app.ts';
import { startServiceProcess } from '../kit/service/process.ts';
import { waitUntil } from '../kit/wait-until.ts';
import { localTargets, startReceiver, waitForWebhook } from '../kit/webhooks/receiver.ts';

/** Starts a node; a second node on the same database is started on demand. */
async function startNodes(options: TestOptions = {}) {
  await using opening = new AsyncDisposableStack();
  const { url: databaseUrl } = opening.use(await createTemporaryDatabase());
  const first = opening.use(await startTestApp({ databaseUrl, ...options }));
  const opened = opening.move();
  return {
    first,
    startSecond: async () => opened.use(await startTestApp({ databaseUrl, ...options })),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Appends `count` events with three writers for each client. `count` must be divisible by the number of writers. */
async function appendConcurrently(clients: readonly Client[], count: number): Promise<void> {
  const writers = clients.flatMap((client) => [client, client, client]);
  await Promise.all(writers.map((client) => createEvents(client, count / writers.length, 5)));
}

test('50 keyed requests that are sent to two nodes at once are executed once and get the same responses', async () => {
  await using nodes = await startNodes();
  const [first, second] = [nodes.first, await nodes.startSecond()];
  const keys = Array.from({ length: 50 }, (_, index) => `key-${index}`);
  const send = async ({ request }: TestApp, key: string) => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const response = await request('/orders', {
      method: 'POST',
      headers,
      body: JSON.stringify(buildOrder({ note: key })),
    });
    const isReplay = response.headers.get('idempotent-replayed') === 'true';
    return { key, isReplay, status: response.status, etag: response.headers.get('etag'), body: await response.json() };
  };
  // The second node gets them in reverse order, so that groups of both nodes share some keys.
  const [firstResponses, secondResponses] = await Promise.all([
    Promise.all(keys.map((key) => send(first, key))),
    Promise.all(keys.toReversed().map((key) => send(second, key))),
  ]);
  for (const { key, isReplay, ...response } of firstResponses) {
    const other = secondResponses.find((each) => each.key === key);
    expect(response).toMatchObject({ status: 201, body: { note: key } });
    expect(other).toEqual({ key, isReplay: !isReplay, ...response });
  }
  const { page } = await first.client.orders.list({ withTotal: true });
  expect(page.total).toBe(50);
});

test('300 events from two nodes are sent to a receiver once, in order, one at a time', async () => {
  let concurrent = 0;
  let mostConcurrent = 0;
  await using receiver = await startReceiver((_, response) => {
    concurrent += 1;
    mostConcurrent = Math.max(mostConcurrent, concurrent);
    setImmediate(() => {
      concurrent -= 1;
      response.writeHead(204).end();
    });
    return undefined;
  });
  await using nodes = await startNodes(localTargets);
  const [first, second] = [nodes.first, await nodes.startSecond()];
  const { id: webhookId } = await first.client.webhooks.create({ url: receiver.url });
  await appendConcurrently([first.client, second.client], 300);
  await receiver.waitUntilReceived(300);
  const log = await readEveryEvent(second.client);
  await waitForWebhook(second.client, webhookId, ({ position }) => position === log.at(-1)?.position);
  expect(log).toHaveLength(300);
  expect(toPositions(receiver.events)).toEqual(toPositions(log));
  expect(receiver.received).toHaveLength(300);
  expect(mostConcurrent).toBe(1);
});

test('pausing a webhook on one node stops the other node when it next records its attempts', async () => {
  const gate = createGate();
  await using receiver = await startReceiver((_, response) => {
    gate.wait().then(() => response.writeHead(204).end());
    return undefined;
  });
  await using nodes = await startNodes(localTargets);
  const { first } = nodes;
  const { id: webhookId } = await first.client.webhooks.create({ url: receiver.url });
  await appendConcurrently([first.client], 120);
  await receiver.waitUntilReceived(1);
  const second = await nodes.startSecond();
  await second.client.webhooks.pause({ webhookId });
  gate.open();
  const readLeases = () => second.service.store.reader.selectFrom('webhooks').select('leased_until_ms').execute();
  await waitUntil(readLeases, ([webhook]) => webhook?.leased_until_ms === null);
  const { position, state } = await second.client.webhooks.get({ webhookId });
  expect(state).toBe('paused');
  // The attempts that may wait to be recorded, and the current one.
  expect(receiver.received.length).toBeLessThanOrEqual(33);
  expect(receiver.events.at(-1)?.position).toBe(position);
  await second.client.webhooks.resume({ webhookId });
  await receiver.waitUntilReceived(120);
  expect(toPositions(receiver.events)).toEqual(toPositions(await readEveryEvent(second.client)));
  expect(receiver.received).toHaveLength(120);
});

test('after a node is killed while it sends, another node continues at the position of the lease', {
  timeout: 90_000,
}, async () => {
  await using database = await createTemporaryDatabase();
  const environment = { DATABASE_URL: database.url, WEBHOOKS_ALLOW_HTTP: 'on', WEBHOOKS_ALLOW_PRIVATE: 'on' };
  await using receiver = await startReceiver(() => undefined);
  await using first = await startServiceProcess(environment);
  const firstClient = createClient({ baseUrl: first.url, maxRetries: 0 });
  await firstClient.webhooks.create({ url: receiver.url });
  await firstClient.orders.create(buildOrder());
  await receiver.waitUntilReceived(1);
  await using second = await startServiceProcess(environment);
  const client = createClient({ baseUrl: second.url, maxRetries: 0 });
  await appendConcurrently([firstClient, client], 300);
  // The first node holds the lease during its attempt.
  expect(receiver.received).toHaveLength(1);
  receiver.respondWith(204);
  await first.stop('SIGKILL');
  await waitUntil(
    () => receiver.events.length,
    (count) => count >= 301,
    60_000,
  );
  expect(toPositions(receiver.events)).toEqual(toPositions(await readEveryEvent(client)));
  // The interrupted attempt was repeated.
  expect(receiver.received).toHaveLength(302);
});

test('stream readers on two nodes receive every event once and in order while both nodes write', async () => {
  await using nodes = await startNodes({ pollMs: 200 });
  const clients = [nodes.first.client, (await nodes.startSecond()).client];
  let end = Number.POSITIVE_INFINITY;
  const read = async (client: Client) => {
    const positions: number[] = [];
    for await (const { position } of client.events.stream({ after: 0 })) {
      positions.push(position);
      if (position >= end) break;
    }
    return positions;
  };
  const readings = clients.flatMap((client) => [read(client), read(client)]);
  await appendConcurrently(clients, 600);
  end = (toPositions(await readEveryEvent(nodes.first.client)).at(-1) ?? 0) + 1;
  // The readers stop at this event.
  await clients[0]?.orders.create(buildOrder());
  const log = toPositions(await readEveryEvent(nodes.first.client));
  expect(log).toHaveLength(601);
  for (const positions of await Promise.all(readings)) expect(positions).toEqual(log);
});
