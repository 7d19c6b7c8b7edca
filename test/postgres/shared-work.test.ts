// What several nodes on one PostgreSQL do together: each request once, each webhook sent to by one of them, and every
// event told to every reader, wherever it was written.

import { expect, test } from 'vitest';
import { type Client, createClient, type Event } from '../../client/index.ts';
import { startTestApp, type TestApp, type TestOptions } from '../kit/app.ts';
import { createTemporaryDatabase } from '../kit/database.ts';
import { buildOrder } from '../kit/orders.ts';
import { startServiceProcess } from '../kit/process.ts';
import { localTargets, startReceiver } from '../kit/receiver.ts';
import { waitUntil } from '../kit/wait-until.ts';

/** A node, and another on the same database as soon as it is asked for. */
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

async function everyEvent({ client }: { client: Client }): Promise<Event[]> {
  const events: Event[] = [];
  for (let after = 0; ; ) {
    const { data, page } = await client.events.list({ after, limit: 100 });
    if (data.length === 0) return events;
    events.push(...data);
    after = page.nextAfter;
  }
}

/** Writes so many events, over all nodes at once. */
async function write(clients: readonly Client[], count: number): Promise<void> {
  let left = count;
  const writeSome = async (client: Client) => {
    while (left > 0) {
      left -= 1;
      const { id: orderId } = await client.orders.create(buildOrder());
      for (let edits = 1; edits <= 4 && left > 0; edits += 1) {
        left -= 1;
        await client.orders.edit({ orderId, note: `${edits}` });
      }
    }
  };
  await Promise.all(clients.flatMap((client) => [1, 2, 3].map(() => writeSome(client))));
}

const positionsOf = (events: readonly Event[]) => events.map(({ position }) => position);

test('50 requests that come to both nodes at once are done once each, and answered alike', async () => {
  await using nodes = await startNodes();
  const [first, second] = [nodes.first, await nodes.startSecond()];
  const keys = Array.from({ length: 50 }, (_, index) => `key-${index}`);
  const send = async ({ request }: TestApp, key: string) => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const answer = await request('/orders', {
      method: 'POST',
      headers,
      body: JSON.stringify(buildOrder({ note: key })),
    });
    const isReplay = answer.headers.get('idempotent-replayed') === 'true';
    return { key, isReplay, status: answer.status, etag: answer.headers.get('etag'), body: await answer.json() };
  };
  // The second in another order, so that both meet in the midst of their groups.
  const [ofFirst, ofSecond] = await Promise.all([
    Promise.all(keys.map((key) => send(first, key))),
    Promise.all(keys.toReversed().map((key) => send(second, key))),
  ]);
  for (const { key, isReplay, ...answer } of ofFirst) {
    const other = ofSecond.find((each) => each.key === key);
    expect(answer).toMatchObject({ status: 201, body: { note: key } });
    expect(other).toEqual({ key, isReplay: !isReplay, ...answer });
  }
  const { page } = await first.client.orders.list({ withTotal: true });
  expect(page.total).toBe(50);
});

test('300 events written over two nodes come to a receiver once, in order, one at a time', async () => {
  let underWay = 0;
  let mostUnderWay = 0;
  await using receiver = await startReceiver((_, response) => {
    underWay += 1;
    mostUnderWay = Math.max(mostUnderWay, underWay);
    setImmediate(() => {
      underWay -= 1;
      response.writeHead(204).end();
    });
    return undefined;
  });
  await using nodes = await startNodes(localTargets);
  const [first, second] = [nodes.first, await nodes.startSecond()];
  const { id: webhookId } = await first.client.webhooks.create({ url: receiver.url });
  await write([first.client, second.client], 300);
  await receiver.waitUntilReceived(300);
  const log = await everyEvent(second);
  await waitUntil(
    () => second.client.webhooks.get({ webhookId }),
    ({ position }) => position === log.at(-1)?.position,
  );
  expect(log).toHaveLength(300);
  expect(positionsOf(receiver.events)).toEqual(positionsOf(log));
  expect(receiver.received).toHaveLength(300);
  expect(mostUnderWay).toBe(1);
});

test('a pause on one node holds on the other when it next records what it has sent', async () => {
  const held = Promise.withResolvers<void>();
  await using receiver = await startReceiver((_, response) => {
    held.promise.then(() => response.writeHead(204).end());
    return undefined;
  });
  await using nodes = await startNodes(localTargets);
  const { first } = nodes;
  const { id: webhookId } = await first.client.webhooks.create({ url: receiver.url });
  await write([first.client], 120);
  await receiver.waitUntilReceived(1);
  const second = await nodes.startSecond();
  await second.client.webhooks.pause({ webhookId });
  held.resolve();
  const claims = () => second.service.store.reader.selectFrom('webhooks').select('leased_until_ms').execute();
  await waitUntil(claims, ([webhook]) => webhook?.leased_until_ms === null);
  const { position, state } = await second.client.webhooks.get({ webhookId });
  expect(state).toBe('paused');
  // As many as may wait to be recorded, and the one that was under way.
  expect(receiver.received.length).toBeLessThanOrEqual(33);
  expect(receiver.events.at(-1)?.position).toBe(position);
  await second.client.webhooks.resume({ webhookId });
  await receiver.waitUntilReceived(120);
  expect(positionsOf(receiver.events)).toEqual(positionsOf(await everyEvent(second)));
  expect(receiver.received).toHaveLength(120);
});

test('a node that is killed while it sends is replaced by another, which begins where the claim has left off', {
  timeout: 90_000,
}, async () => {
  await using database = await createTemporaryDatabase();
  const environment = { DATABASE_URL: database.url, WEBHOOKS_ALLOW_HTTP: 'on', WEBHOOKS_ALLOW_PRIVATE: 'on' };
  await using receiver = await startReceiver(() => undefined);
  await using first = await startServiceProcess(environment);
  const firstClient = createClient({ baseUrl: first.url });
  await firstClient.webhooks.create({ url: receiver.url });
  await firstClient.orders.create(buildOrder());
  await receiver.waitUntilReceived(1);
  await using second = await startServiceProcess(environment);
  const client = createClient({ baseUrl: second.url });
  await write([firstClient, client], 300);
  // The first has the claim, and its attempt is under way: the second keeps out of it.
  expect(receiver.received).toHaveLength(1);
  receiver.respondWith(204);
  await first.stop('SIGKILL');
  await waitUntil(
    () => receiver.events.length,
    (count) => count >= 301,
    60_000,
  );
  expect(positionsOf(receiver.events)).toEqual(positionsOf(await everyEvent({ client })));
  // The one whose attempt was cut off came again.
  expect(receiver.received).toHaveLength(302);
});

test('readers on both nodes see every event once, in order, while both write', async () => {
  await using nodes = await startNodes({ pollMs: 200 });
  const clients = [nodes.first.client, (await nodes.startSecond()).client];
  let end = Number.POSITIVE_INFINITY;
  const read = async (client: Client) => {
    const seen: number[] = [];
    for await (const { position } of client.events.stream({ after: 0 })) {
      seen.push(position);
      if (position >= end) break;
    }
    return seen;
  };
  const readings = clients.flatMap((client) => [read(client), read(client)]);
  await write(clients, 600);
  end = (positionsOf(await everyEvent(nodes.first)).at(-1) ?? 0) + 1;
  // The last, on which the readers leave.
  await clients[0]?.orders.create(buildOrder());
  const log = positionsOf(await everyEvent(nodes.first));
  expect(log).toHaveLength(601);
  for (const seen of await Promise.all(readings)) expect(seen).toEqual(log);
});
