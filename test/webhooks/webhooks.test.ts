// The webhook endpoints: subscriptions, pause, resume, skip, secret rotation, tests, deliveries and redeliveries.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Delivery, NewWebhook, WebhookWithSecret } from '../../client/index.ts';
import { verifyWebhook } from '../../client/webhooks.ts';
import { buildOrder, createValidatedOrder } from '../kit/http/orders.ts';
import { catchProblem } from '../kit/http/problems.ts';
import { startAuthenticatedApp, startTestApp, type TestApp } from '../kit/service/app.ts';
import { waitUntil } from '../kit/wait-until.ts';
import { localTargets, type Receiver, startReceiver, waitForWebhook } from '../kit/webhooks/receiver.ts';

type Setup = AsyncDisposable & { app: TestApp; receiver: Receiver; webhook: WebhookWithSecret };

/** Starts a service and a receiver, and creates a webhook to it. */
async function setUp(options: Parameters<typeof startTestApp>[0] = {}, types?: NewWebhook['types']) {
  await using opening = new AsyncDisposableStack();
  const receiver = opening.use(await startReceiver());
  const app = opening.use(await startTestApp({ ...localTargets, ...options }));
  const webhook = await app.client.webhooks.create({ url: receiver.url, ...(types && { types }) });
  const opened = opening.move();
  const setup: Setup = { app, receiver, webhook, [Symbol.asyncDispose]: () => opened.disposeAsync() };
  return setup;
}

/** Waits until a delivery is finished, and returns it. */
async function waitUntilFinished(
  { app }: Pick<Setup, 'app'>,
  { webhookId, id: deliveryId }: Delivery,
): Promise<Delivery> {
  return waitUntil(
    () => app.client.webhooks.delivery({ webhookId, deliveryId }),
    ({ state }) => state !== 'pending',
  );
}

describe('a webhook', () => {
  test('a webhook gets every event in the order of the log, signed with its secret', async () => {
    await using setup = await setUp();
    const { app, receiver, webhook } = setup;
    const { id: orderId } = await createValidatedOrder(app.client);
    await app.client.orders.approve({ orderId, note: 'Fine' });
    await receiver.waitUntilReceived(4);
    const { data } = await app.client.orders.events({ orderId });
    expect(receiver.events).toEqual(data);
    for (const { headers, body } of receiver.received) {
      expect(verifyWebhook({ secret: webhook.secret, headers, body })).toEqual(JSON.parse(body));
      expect(headers['webhook-id']).toBe(JSON.parse(body).id);
    }
    await waitForWebhook(setup.app.client, setup.webhook.id, ({ position }) => position === data.at(-1)?.position);
  });

  test('a webhook gets only events that are appended after its creation', async () => {
    await using receiver = await startReceiver();
    await using app = await startTestApp(localTargets);
    await app.client.orders.create(buildOrder());
    await app.client.webhooks.create({ url: receiver.url });
    const { id } = await app.client.orders.create(buildOrder());
    await receiver.waitUntilReceived(1);
    expect(receiver.events.map(({ orderId }) => orderId)).toEqual([id]);
  });

  test('a webhook gets only events of its types', async () => {
    await using setup = await setUp({}, ['order.rejected', 'order.validated']);
    const { app, receiver } = setup;
    for (const reason of ['a', 'b']) {
      const { id: orderId } = await createValidatedOrder(app.client);
      await app.client.orders.reject({ orderId, reason });
    }
    await receiver.waitUntilReceived(4);
    expect(receiver.events.map(({ type }) => type)).toEqual([
      ...['order.validated', 'order.rejected'],
      ...['order.validated', 'order.rejected'],
    ]);
  });

  test('the secret of a webhook is returned only on creation', async () => {
    await using setup = await setUp();
    const { app, webhook } = setup;
    const { secret, ...shown } = webhook;
    expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
    expect(shown).toMatchObject({ types: null, state: 'active', pause: null, failure: null, createdBy: 'anonymous' });
    expect(await app.client.webhooks.get({ webhookId: webhook.id })).toEqual(shown);
    expect((await app.client.webhooks.list()).data).toEqual([shown]);
  });

  test('creating a webhook twice with one idempotency key returns the same webhook and secret', async () => {
    await using app = await startTestApp(localTargets);
    const make = () => app.client.webhooks.create({ url: 'https://shop.example/' }, { idempotencyKey: 'k' });
    const first = await make();
    expect(await make()).toEqual(first);
    expect((await app.client.webhooks.list()).data).toHaveLength(1);
  });

  test('editing a webhook keeps absent fields and sends events to the new URL', async () => {
    await using elsewhere = await startReceiver();
    await using setup = await setUp({}, ['order.created']);
    const { app, webhook, receiver } = setup;
    const edited = await app.client.webhooks.edit({ webhookId: webhook.id, url: elsewhere.url });
    expect(edited).toMatchObject({ url: elsewhere.url, types: ['order.created'], description: null });
    await app.client.orders.create(buildOrder());
    await elsewhere.waitUntilReceived(1);
    expect(receiver.received).toEqual([]);
  });

  test('deleting a webhook deletes its pending requested deliveries', async () => {
    await using receiver = await startReceiver(() => undefined);
    await using app = await startTestApp(localTargets);
    const { id: webhookId } = await app.client.webhooks.create({ url: receiver.url });
    for (let count = 0; count < 3; count += 1) await app.client.webhooks.test({ webhookId });
    await receiver.waitUntilReceived(1);
    await app.client.webhooks.delete({ webhookId });
    const { reader } = app.service.store;
    expect(await reader.selectFrom('webhook_deliveries').selectAll().execute()).toEqual([]);
  });

  test('a webhook without matching events is never claimed', async () => {
    await using setup = await setUp({ pollMs: 5 }, ['order.approved']);
    const { app, webhook } = setup;
    await using witness = await startReceiver();
    await app.client.webhooks.create({ url: witness.url });
    for (const note of ['a', 'b', 'c']) await app.client.orders.create(buildOrder({ note }));
    await witness.waitUntilReceived(3);
    const rows = app.service.store.reader.selectFrom('webhooks').select('fence').where('id', '=', webhook.id);
    expect(await rows.executeTakeFirst()).toEqual({ fence: 0 });
  });

  test('a deleted webhook gets no more events and is not found', async () => {
    await using setup = await setUp();
    const { app, receiver, webhook } = setup;
    await app.client.orders.create(buildOrder());
    await receiver.waitUntilReceived(1);
    expect(await app.client.webhooks.delete({ webhookId: webhook.id })).toBeUndefined();
    await catchProblem('not-found', app.client.webhooks.get({ webhookId: webhook.id }));
    await catchProblem('not-found', app.client.webhooks.delete({ webhookId: webhook.id }));
    await catchProblem('not-found', app.client.webhooks.deliveries({ webhookId: webhook.id }));
    await using other = await startReceiver();
    const { id } = await app.client.webhooks.create({ url: other.url });
    expect(id).toBeGreaterThan(webhook.id);
    await app.client.orders.create(buildOrder());
    await other.waitUntilReceived(1);
    expect(receiver.received).toHaveLength(1);
  });
});

describe('a paused webhook', () => {
  test('a paused webhook gets the missed events when it is resumed', async () => {
    await using setup = await setUp();
    const { app, receiver, webhook } = setup;
    const { id: webhookId } = webhook;
    const paused = await app.client.webhooks.pause({ webhookId });
    expect(paused).toMatchObject({ state: 'paused', pause: { reason: 'requested' } });
    await using witness = await startReceiver();
    await app.client.webhooks.create({ url: witness.url });
    for (const note of ['a', 'b', 'c']) await app.client.orders.create(buildOrder({ note }));
    await witness.waitUntilReceived(3);
    expect(receiver.received).toEqual([]);
    expect(await app.client.webhooks.resume({ webhookId })).toMatchObject({ state: 'active', pause: null });
    await receiver.waitUntilReceived(3);
    expect(receiver.events).toEqual(witness.events);
  });

  test('no event is sent after the response to a pause', async () => {
    const held = Promise.withResolvers<void>();
    await using receiver = await startReceiver((_, response) => {
      held.promise.then(() => response.writeHead(204).end());
      return undefined;
    });
    {
      await using app = await startTestApp(localTargets);
      const { id: webhookId } = await app.client.webhooks.create({ url: receiver.url });
      await app.client.webhooks.pause({ webhookId });
      for (const note of ['a', 'b']) await app.client.orders.create(buildOrder({ note }));
      await app.client.webhooks.resume({ webhookId });
      await receiver.waitUntilReceived(1);
      await app.client.webhooks.pause({ webhookId });
      held.resolve();
      await waitUntil(
        () => app.client.webhooks.get({ webhookId }),
        ({ position }) => position >= 1,
      );
    }
    // The service has stopped and cannot send any more.
    expect(receiver.events).toHaveLength(1);
  });

  test('pausing a paused webhook and resuming an active webhook change nothing', async () => {
    await using setup = await setUp();
    const { app, webhook } = setup;
    const { id: webhookId } = webhook;
    expect((await app.client.webhooks.resume({ webhookId })).updatedAt).toBe(webhook.updatedAt);
    const paused = await app.client.webhooks.pause({ webhookId });
    expect(await app.client.webhooks.pause({ webhookId })).toEqual(paused);
  });
});

describe('a receiver that responds with 410', () => {
  test('a receiver that responds with 410 gets no more events until the webhook is resumed', async () => {
    await using setup = await setUp();
    const { app, receiver, webhook } = setup;
    receiver.respondWith(410);
    await app.client.orders.create(buildOrder());
    const gone = await waitForWebhook(setup.app.client, setup.webhook.id, ({ state }) => state === 'paused');
    expect(gone).toMatchObject({ pause: { reason: 'gone' }, failure: { attempts: 1, nextAttemptAt: null } });
    receiver.respondWith(204);
    await app.client.webhooks.resume({ webhookId: webhook.id });
    await waitUntil(
      () => receiver.received,
      ({ length }) => length === 2,
    );
    await waitForWebhook(
      setup.app.client,
      setup.webhook.id,
      ({ failure, state }) => failure === null && state === 'active',
    );
    expect(receiver.received.map(({ id }) => id)).toEqual([receiver.events[0]?.id, receiver.events[0]?.id]);
  });
});

describe('skipping', () => {
  test('skipping passes over the failing event and continues with the next one', async () => {
    await using setup = await setUp();
    const { app, receiver, webhook } = setup;
    const { id: webhookId } = webhook;
    receiver.respondWith(({ body }) => (JSON.parse(body).orderId === 1 ? 500 : 204));
    for (const note of ['a', 'b']) await app.client.orders.create(buildOrder({ note }));
    const failing = await waitForWebhook(setup.app.client, setup.webhook.id, ({ failure }) => failure !== null);
    const skipped = await app.client.webhooks.skip({ webhookId });
    expect(skipped).toMatchObject({ position: 2, failure: null });
    await waitForWebhook(setup.app.client, setup.webhook.id, ({ position }) => position === 3);
    const deliveryId = Number(failing.failure?.deliveryId);
    expect(await app.client.webhooks.delivery({ webhookId, deliveryId })).toMatchObject({ state: 'skipped' });
    expect(receiver.events.map(({ orderId }) => orderId)).toEqual([1, 2]);
  });

  test('skipping can pass over all events up to a position', async () => {
    await using setup = await setUp();
    const { app, receiver, webhook } = setup;
    const { id: webhookId } = webhook;
    await app.client.webhooks.pause({ webhookId });
    for (const note of ['a', 'b', 'c']) await app.client.orders.create(buildOrder({ note }));
    await app.client.webhooks.skip({ webhookId, through: 4 });
    await app.client.webhooks.resume({ webhookId });
    await receiver.waitUntilReceived(1);
    expect(receiver.events.map(({ position }) => position)).toEqual([5]);
  });

  test('skipping is rejected without a failing event, behind the position and beyond the log', async () => {
    await using setup = await setUp();
    const { app, webhook, receiver } = setup;
    const { id: webhookId } = webhook;
    await app.client.orders.create(buildOrder());
    await receiver.waitUntilReceived(1);
    await waitForWebhook(setup.app.client, setup.webhook.id, ({ position }) => position === 2);
    for (const through of [undefined, 2, 3]) {
      const { errors } = await catchProblem(
        'invalid-request',
        app.client.webhooks.skip({ webhookId, ...(through && { through }) }),
      );
      expect(errors).toMatchObject([{ pointer: '/through' }]);
    }
  });
});

describe('a secret rotation', () => {
  test('deliveries are signed with the former and the new secret for 24 h after a rotation', async () => {
    let now = Date.now();
    await using setup = await setUp({ environment: { now: () => now }, pollMs: 5 });
    const { app, receiver, webhook } = setup;
    const { id: webhookId } = webhook;
    const rotated = await app.client.webhooks.rotateSecret({ webhookId });
    expect(rotated.secret).not.toBe(webhook.secret);
    expect(rotated.formerSecretUntil).toBe(new Date(now + 24 * 3_600_000).toISOString());
    await app.client.orders.create(buildOrder());
    await receiver.waitUntilReceived(1);
    now += 24 * 3_600_000;
    await app.client.orders.create(buildOrder());
    await receiver.waitUntilReceived(2);
    const signatures = receiver.received.map(({ headers }) => String(headers['webhook-signature']).split(' ').length);
    expect(signatures).toEqual([2, 1]);
    const [{ headers, body } = { headers: {}, body: '' }] = receiver.received;
    for (const secret of [webhook.secret, rotated.secret]) {
      expect(verifyWebhook({ secret, headers, body })).toEqual(JSON.parse(body));
    }
  });
});

describe('a test', () => {
  test('a test is sent once and signed even if the webhook is paused, and its delivery shows the outcome', async () => {
    await using setup = await setUp();
    const { app, receiver, webhook } = setup;
    await app.client.webhooks.pause({ webhookId: webhook.id });
    const started = await app.client.webhooks.test({ webhookId: webhook.id });
    expect(started).toMatchObject({ kind: 'test', state: 'pending', position: null, attempts: [] });
    const delivery = await waitUntilFinished(setup, started);
    expect(delivery).toMatchObject({ state: 'delivered', attempts: [{ statusCode: 204, error: null }] });
    const [{ headers, body } = { headers: {}, body: '' }] = receiver.received;
    const message = verifyWebhook({ secret: webhook.secret, headers, body });
    expect(message).toMatchObject({ id: started.eventId, type: 'webhook.test', data: { webhookId: webhook.id } });
  });

  test('a failed test is not retried', async () => {
    await using setup = await setUp();
    const { app, receiver, webhook } = setup;
    receiver.respondWith(503);
    const delivery = await waitUntilFinished(setup, await app.client.webhooks.test({ webhookId: webhook.id }));
    expect(delivery).toMatchObject({ state: 'failed', nextAttemptAt: null, attempts: [{ statusCode: 503 }] });
  });
});

describe('deliveries', () => {
  test('deliveries are listed newest first with all attempts, and can be filtered by state', async () => {
    await using setup = await setUp();
    const { app, receiver, webhook } = setup;
    const { id: webhookId } = webhook;
    await app.client.orders.create(buildOrder());
    await waitForWebhook(setup.app.client, setup.webhook.id, ({ position }) => position === 2);
    receiver.respondWith(500);
    await app.client.orders.create(buildOrder());
    await waitForWebhook(setup.app.client, setup.webhook.id, ({ failure }) => failure !== null);
    const { data } = await app.client.webhooks.deliveries({ webhookId });
    expect(data).toMatchObject([
      { kind: 'event', state: 'pending', position: 3, attempts: [{ statusCode: 500 }], finishedAt: null },
      { kind: 'event', state: 'delivered', position: 2, attempts: [{ statusCode: 204, error: null }] },
    ]);
    expect(data[0]?.nextAttemptAt).not.toBeNull();
    const pending = await app.client.webhooks.deliveries({ webhookId, state: ['pending'] });
    expect(pending.data).toEqual([data[0]]);
    const second = await app.client.webhooks.deliveries({ webhookId, limit: 1, offset: 1 });
    expect(second.data).toEqual([data[1]]);
  });

  test('a redelivery is a separate delivery with the same webhook-id', async () => {
    await using setup = await setUp();
    const { app, receiver, webhook } = setup;
    const { id: webhookId } = webhook;
    await app.client.orders.create(buildOrder());
    await waitForWebhook(setup.app.client, setup.webhook.id, ({ position }) => position === 2);
    const [first] = (await app.client.webhooks.deliveries({ webhookId })).data;
    const again = await app.client.webhooks.redeliver({ webhookId, deliveryId: Number(first?.id) });
    expect(await waitUntilFinished(setup, again)).toMatchObject({
      kind: 'redelivery',
      state: 'delivered',
      position: 2,
    });
    expect(receiver.received.map(({ id, body }) => [id, body])).toEqual([
      [first?.eventId, receiver.received[0]?.body],
      [first?.eventId, receiver.received[0]?.body],
    ]);
  });

  test('deliveries are deleted after 30 days unless they are pending', async () => {
    let now = Date.now();
    const dayMs = 24 * 3_600_000;
    await using setup = await setUp({ environment: { now: () => now }, pollMs: 5, purgeIntervalMs: 5 });
    const { app, receiver, webhook } = setup;
    const { id: webhookId } = webhook;
    await app.client.orders.create(buildOrder());
    await waitForWebhook(setup.app.client, setup.webhook.id, ({ position }) => position === 2);
    receiver.respondWith(410);
    await app.client.orders.create(buildOrder());
    await waitForWebhook(setup.app.client, setup.webhook.id, ({ state }) => state === 'paused');
    now += 30 * dayMs + 1_000;
    const left = await waitUntil(
      () => app.client.webhooks.deliveries({ webhookId }),
      ({ data }) => data.length < 2,
    );
    expect(left.data).toMatchObject([{ state: 'pending', position: 3 }]);
  });

  test('a delivery of another webhook is not found', async () => {
    await using setup = await setUp();
    const { app, webhook } = setup;
    const other = await app.client.webhooks.create({ url: 'https://shop.example/' });
    const { id: deliveryId } = await app.client.webhooks.test({ webhookId: webhook.id });
    const ids = { webhookId: other.id, deliveryId };
    await catchProblem('not-found', app.client.webhooks.delivery(ids));
    await catchProblem('not-found', app.client.webhooks.redeliver(ids));
  });
});

describe('a URL', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app[Symbol.asyncDispose]());

  test.each([
    ['that is malformed', 'shop'],
    ['of plain HTTP', 'http://shop.example/'],
    ['of this machine', 'https://localhost/'],
    ['of a private network', 'https://10.0.0.1/'],
    ['with a password', 'https://ann:secret@shop.example/'],
  ])('a URL %s is rejected when a webhook is created or edited', async (_, url) => {
    const { id: webhookId } = await app.client.webhooks.create({ url: 'https://shop.example/' });
    for (const refused of [app.client.webhooks.create({ url }), app.client.webhooks.edit({ webhookId, url })]) {
      expect((await catchProblem('invalid-request', refused)).errors).toMatchObject([{ pointer: '/url' }]);
    }
  });

  test.each([
    ['no types', { types: [] }, '/types'],
    ['an unknown type', { types: ['order.deleted'] }, '/types/0'],
    ['a type twice', { types: ['order.created', 'order.created'] }, '/types'],
    ['its own secret', { secret: 'whsec_x' }, '/secret'],
    ['a description that is too long', { description: 'x'.repeat(501) }, '/description'],
  ])('a webhook with %s is rejected', async (_, fields, pointer) => {
    const response = await app.send('POST', '/webhooks', { url: 'https://shop.example/', ...fields });
    expect(response.status).toBe(400);
    expect((await response.json()).errors).toMatchObject([{ pointer }]);
  });
});

test('creating or editing a webhook requires webhooks:manage and orders:read', async () => {
  await using app = await startAuthenticatedApp(localTargets);
  const url = 'https://shop.example/';
  const { scope } = await catchProblem('forbidden', app.clientAs('ann', 'webhooks:manage').webhooks.create({ url }));
  expect(scope).toBe('orders:read');
  const { id, createdBy } = await app.clientAs('ann', 'webhooks:manage', 'orders:read').webhooks.create({ url });
  expect(createdBy).toBe('ann');
  await catchProblem('forbidden', app.clientAs('ann', 'webhooks:manage').webhooks.edit({ webhookId: id, url }));
  await catchProblem('forbidden', app.clientAs('ann', 'orders:read').webhooks.get({ webhookId: id }));
});
