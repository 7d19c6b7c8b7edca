// Delivery with failing receivers, database outages and killed processes: no event is lost or reordered, and no other
// receiver is delayed.

import { describe, expect, test } from 'vitest';
import { type Client, ConnectionError, createClient } from '../../client/index.ts';
import { blockWebhookWrites } from '../kit/database/blocked-writes.ts';
import { chooseRounds, createTemporaryDatabase } from '../kit/database/database.ts';
import { listNumbers, readEveryEvent, toPositions } from '../kit/events/events.ts';
import { findFreePort } from '../kit/free-port.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { startTestApp } from '../kit/service/app.ts';
import { startServiceProcess } from '../kit/service/process.ts';
import { waitUntil } from '../kit/wait-until.ts';
import { localTargets, startReceiver, waitForWebhook } from '../kit/webhooks/receiver.ts';

const hourMs = 3_600_000;

/** Starts a service with a clock that the test controls. It polls every 5 ms. */
async function startClocked() {
  const clock = { now: Date.parse('2026-05-04T10:00:00.000Z') };
  const app = await startTestApp({
    ...localTargets,
    pollMs: 5,
    environment: { now: () => clock.now, random: () => 0.5 },
  });
  return { ...app, clock };
}

test('hanging, failing and unreachable receivers do not delay other receivers', async () => {
  await using hanging = await startReceiver(() => undefined);
  await using failing = await startReceiver(500);
  await using good = await startReceiver();
  await using app = await startClocked();
  const { webhooks, orders } = app.client;
  const hangingId = (await webhooks.create({ url: hanging.url })).id;
  const failingId = (await webhooks.create({ url: failing.url })).id;
  const goneId = (await webhooks.create({ url: `http://127.0.0.1:${await findFreePort()}/` })).id;
  await webhooks.create({ url: good.url });
  await Promise.all(listNumbers(1, 100).map(() => orders.create(buildOrder())));
  await good.waitUntilReceived(100);
  // The first four events of the log are those of the webhooks.
  expect(toPositions(good.events)).toEqual(listNumbers(5, 104));
  // The first attempt to the hanging receiver is still in progress.
  expect(hanging.received).toHaveLength(1);
  expect((await webhooks.deliveries({ webhookId: hangingId })).data).toEqual([]);
  await waitForWebhook(app.client, failingId, ({ failure }) => failure !== null);
  expect((await webhooks.deliveries({ webhookId: failingId })).data).toMatchObject([
    { position: 5, state: 'pending', attempts: [{ statusCode: 500 }] },
  ]);
  await waitForWebhook(app.client, goneId, ({ failure }) => failure !== null);
  expect((await webhooks.deliveries({ webhookId: goneId })).data).toMatchObject([
    { position: 5, state: 'pending', attempts: [{ statusCode: null, error: 'The connection was refused.' }] },
  ]);
});

/** Advances the clock from attempt to attempt for a duration. Returns the webhook and the times of the attempts. */
async function retryFor(app: Awaited<ReturnType<typeof startClocked>>, webhookId: number, ms: number) {
  const end = app.clock.now + ms;
  const { webhooks } = app.client;
  for (let attempts = 1; ; attempts += 1) {
    const webhook = await waitForWebhook(
      app.client,
      webhookId,
      ({ failure, state }) => state === 'paused' || failure?.attempts === attempts,
    );
    const next = Date.parse(webhook.failure?.nextAttemptAt ?? '');
    if (webhook.state === 'paused' || next > end) {
      const { data } = await webhooks.deliveries({ webhookId });
      return { webhook, times: data.at(-1)?.attempts.map(({ at }) => Date.parse(at)) ?? [] };
    }
    app.clock.now = next;
  }
}

describe('a receiver that fails', () => {
  test('a receiver that fails for an hour is retried with growing pauses and then gets all events in order', async () => {
    await using receiver = await startReceiver(503);
    await using app = await startClocked();
    const { id: webhookId } = await app.client.webhooks.create({ url: receiver.url });
    for (const note of ['a', 'b', 'c']) await app.client.orders.create(buildOrder({ note }));
    const { times } = await retryFor(app, webhookId, hourMs);
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(pauses).toEqual([5_000, 20_000, 80_000, 320_000, 1_280_000]);
    expect(toPositions(receiver.events)).toEqual([2]);
    receiver.respondWith(200);
    app.clock.now += 4 * hourMs;
    await receiver.waitUntilReceived(3);
    expect(toPositions(receiver.events)).toEqual([2, 3, 4]);
    expect(new Set(receiver.received.slice(0, times.length + 1).map(({ id }) => id)).size).toBe(1);
    await waitForWebhook(app.client, webhookId, ({ position, failure }) => position === 4 && failure === null);
  });

  test('a receiver that fails for a day is paused, and continues at its position when it is resumed', async () => {
    await using receiver = await startReceiver(500);
    await using app = await startClocked();
    const { id: webhookId } = await app.client.webhooks.create({ url: receiver.url });
    for (const note of ['a', 'b']) await app.client.orders.create(buildOrder({ note }));
    const { webhook, times } = await retryFor(app, webhookId, 48 * hourMs);
    expect(webhook).toMatchObject({ state: 'paused', pause: { reason: 'failing' }, position: 1 });
    expect(Number(times.at(-1)) - Number(times[0])).toBe(24 * hourMs);
    expect(app.logLines.filter(({ msg }) => msg === 'webhook paused')).toMatchObject([{ reason: 'failing' }]);
    receiver.respondWith(204);
    await app.client.webhooks.resume({ webhookId });
    await receiver.waitUntilReceived(2);
    expect(toPositions(receiver.events)).toEqual([2, 3]);
  });

  test('a failing receiver is not retried before its Retry-After', async () => {
    await using receiver = await startReceiver((_, response) => {
      response.setHeader('retry-after', '600');
      return 429;
    });
    await using app = await startClocked();
    const { id: webhookId } = await app.client.webhooks.create({ url: receiver.url });
    await app.client.orders.create(buildOrder());
    const { failure } = await waitForWebhook(app.client, webhookId, (webhook) => webhook.failure !== null);
    expect(failure?.nextAttemptAt).toBe(new Date(app.clock.now + 600_000).toISOString());
  });

  test('a delivered event resets the failure count for the next event', async () => {
    await using receiver = await startReceiver(500);
    await using app = await startClocked();
    const { id: webhookId } = await app.client.webhooks.create({ url: receiver.url });
    await app.client.orders.create(buildOrder());
    await app.client.orders.create(buildOrder());
    await retryFor(app, webhookId, hourMs);
    receiver.respondWith(({ body }) => (JSON.parse(body).position === 2 ? 204 : 500));
    app.clock.now += 4 * hourMs;
    const { failure } = await waitForWebhook(
      app.client,
      webhookId,
      ({ position, failure }) => position === 2 && failure !== null,
    );
    const nextAttemptAt = new Date(app.clock.now + 5_000).toISOString();
    expect(failure).toMatchObject({ attempts: 1, since: new Date(app.clock.now).toISOString(), nextAttemptAt });
  });
});

test('a lease is renewed while a receiver is slow', async () => {
  const leaseMs = 1_000;
  await using receiver = await startReceiver(() => undefined);
  await using app = await startTestApp({ ...localTargets, leaseMs });
  await app.client.webhooks.create({ url: receiver.url });
  await app.client.orders.create(buildOrder());
  await receiver.waitUntilReceived(1);
  const lease = () => app.service.store.reader.selectFrom('webhooks').select(['fence', 'leased_until_ms']).execute();
  const [first] = await lease();
  const [later] = await waitUntil(
    lease,
    ([row]) => Number(row?.leased_until_ms) > Number(first?.leased_until_ms) + leaseMs,
  );
  expect(later?.fence).toBe(first?.fence);
});

test('an attempt is aborted when its lease expires during a database outage', async () => {
  const ended = Promise.withResolvers<void>();
  await using receiver = await startReceiver((_, response) => {
    response.once('close', ended.resolve);
    return undefined;
  });
  await using app = await startTestApp({ ...localTargets, leaseMs: 300, webhookTimeoutMs: 600_000 });
  await app.client.webhooks.create({ url: receiver.url });
  await app.client.orders.create(buildOrder());
  await receiver.waitUntilReceived(1);
  await using _ = await blockWebhookWrites(app);
  await ended.promise;
});

test('a delivery made during a database outage is recorded afterwards and not repeated', async () => {
  const held = Promise.withResolvers<void>();
  await using receiver = await startReceiver((_, response) => {
    held.promise.then(() => response.writeHead(204).end());
    return undefined;
  });
  await using app = await startTestApp({ ...localTargets, pollMs: 20, databaseTimeoutMs: 500 });
  const { id: webhookId } = await app.client.webhooks.create({ url: receiver.url });
  await app.client.orders.create(buildOrder());
  await receiver.waitUntilReceived(1);
  {
    await using _ = await blockWebhookWrites(app);
    held.resolve();
    await waitUntil(
      () => app.logLines,
      (lines) => lines.some(({ msg }) => msg === 'recording delivery attempts failed; retrying'),
    );
  }
  await waitForWebhook(app.client, webhookId, ({ position }) => position === 2);
  expect(receiver.received).toHaveLength(1);
});

test('an attempt interrupted by a stop is repeated at once after the start', async () => {
  await using database = await createTemporaryDatabase();
  const options = { ...localTargets, databaseUrl: database.url, leaseMs: hourMs };
  await using receiver = await startReceiver(() => undefined);
  {
    await using app = await startTestApp(options);
    await app.client.webhooks.create({ url: receiver.url });
    await app.client.orders.create(buildOrder());
    await receiver.waitUntilReceived(1);
  }
  receiver.respondWith(204);
  await using app = await startTestApp(options);
  await waitForWebhook(app.client, 1, ({ position }) => position === 2);
  expect(toPositions(receiver.events)).toEqual([2]);
});

const rounds = chooseRounds(process.env.CRASH_ROUNDS, { sqlite: 2, postgres: 1 });
/** On PostgreSQL, the lease of the killed process must expire first: it could belong to a live node. */
const takeoverMs = 40_000;

test(`receivers get every event in order although the service is killed ${rounds} times during deliveries`, {
  timeout: 60_000 + rounds * takeoverMs,
}, async () => {
  await using database = await createTemporaryDatabase();
  await using all = await startReceiver();
  await using some = await startReceiver();
  const environment = {
    ...{ DATABASE_URL: database.url },
    ...{ WEBHOOKS_ALLOW_HTTP: 'on', WEBHOOKS_ALLOW_PRIVATE: 'on' },
  };
  {
    await using service = await startServiceProcess(environment);
    const { webhooks } = createClient({ baseUrl: service.url, maxRetries: 0 });
    await webhooks.create({ url: all.url });
    await webhooks.create({ url: some.url, types: ['order.rejected', 'order.validated'] });
  }
  for (let round = 1; round <= rounds; round += 1) {
    await using service = await startServiceProcess(environment);
    const client = createClient({ baseUrl: service.url, maxRetries: 0 });
    const writing = [1, 2, 3].map(() => writeUntilKilled(client));
    await all.waitUntilReceived(round * 100, takeoverMs);
    await service.stop('SIGKILL');
    await Promise.all(writing);
  }
  await using service = await startServiceProcess(environment);
  const client = createClient({ baseUrl: service.url, maxRetries: 0 });
  await waitUntil(
    () => client.stats.get(),
    ({ openValidations }) => openValidations === 0,
  );
  const log = await readEveryEvent(client);
  await all.waitUntilReceived(log.length, takeoverMs);
  const wanted = log.filter(({ type }) => type === 'order.rejected' || type === 'order.validated');
  await some.waitUntilReceived(wanted.length);
  expect(all.events).toEqual(log);
  expect(some.events).toEqual(wanted);
});

/** Creates and validates orders until the connection fails, at most 60, in case deliveries stall. */
async function writeUntilKilled(client: Client): Promise<void> {
  try {
    for (let orders = 1; orders <= 60; orders += 1) {
      const { id: orderId } = await client.orders.create(buildOrder());
      await client.orders.validate({ orderId });
    }
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
  }
}
