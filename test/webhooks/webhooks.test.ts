// Webhooks: each gets every event of its types, signed, in order; and can be paused, resumed, skipped ahead, tested,
// sent to once more, and given another secret.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Delivery, WebhookWithSecret } from '../../client/index.ts';
import { verifyWebhook } from '../../client/webhooks.ts';
import { startAuthenticatedApp, startTestApp, type TestApp } from '../kit/app.ts';
import { buildOrder, createValidatedOrder } from '../kit/orders.ts';
import { catchProblem } from '../kit/problems.ts';
import { localTargets, type Receiver, startReceiver, waitForWebhook } from '../kit/receiver.ts';
import { waitUntil } from '../kit/wait-until.ts';

type Setup = AsyncDisposable & { app: TestApp; receiver: Receiver; webhook: WebhookWithSecret };

/** A service, and a webhook that leads to a receiver. */
async function setUp(options: Parameters<typeof startTestApp>[0] = {}, types?: WebhookWithSecret['types']) {
  await using opening = new AsyncDisposableStack();
  const receiver = opening.use(await startReceiver());
  const app = opening.use(await startTestApp({ ...localTargets, ...options }));
  const webhook = await app.client.webhooks.create({ url: receiver.url, ...(types && { types }) });
  const opened = opening.move();
  const setup: Setup = { app, receiver, webhook, [Symbol.asyncDispose]: () => opened.disposeAsync() };
  return setup;
}

/** Waits until a delivery has ended. */
async function finished({ app }: Pick<Setup, 'app'>, { webhookId, id: deliveryId }: Delivery): Promise<Delivery> {
  return waitUntil(
    () => app.client.webhooks.delivery({ webhookId, deliveryId }),
    ({ state }) => state !== 'pending',
  );
}

describe('a webhook', () => {
  test('gets every event, signed with its secret, in the order of the log', async () => {
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

  test('begins with what happens after it was made', async () => {
    await using receiver = await startReceiver();
    await using app = await startTestApp(localTargets);
    await app.client.orders.create(buildOrder());
    await app.client.webhooks.create({ url: receiver.url });
    const { id } = await app.client.orders.create(buildOrder());
    await receiver.waitUntilReceived(1);
    expect(receiver.events.map(({ orderId }) => orderId)).toEqual([id]);
  });

  test('gets only the types that it names', async () => {
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

  test('tells its secret once, and is listed without it', async () => {
    await using setup = await setUp();
    const { app, webhook } = setup;
    const { secret, ...shown } = webhook;
    expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
    expect(shown).toMatchObject({ types: null, state: 'active', pause: null, failure: null, createdBy: 'anonymous' });
    expect(await app.client.webhooks.get({ webhookId: webhook.id })).toEqual(shown);
    expect((await app.client.webhooks.list()).data).toEqual([shown]);
  });

  test('is made once where it is asked for twice with the same key, and told the same secret', async () => {
    await using app = await startTestApp(localTargets);
    const make = () => app.client.webhooks.create({ url: 'https://shop.example/' }, { idempotencyKey: 'k' });
    const first = await make();
    expect(await make()).toEqual(first);
    expect((await app.client.webhooks.list()).data).toHaveLength(1);
  });

  test('can be edited: what is absent stays, and events go to the new URL', async () => {
    await using elsewhere = await startReceiver();
    await using setup = await setUp({}, ['order.created']);
    const { app, webhook, receiver } = setup;
    const edited = await app.client.webhooks.edit({ webhookId: webhook.id, url: elsewhere.url });
    expect(edited).toMatchObject({ url: elsewhere.url, types: ['order.created'], description: null });
    await app.client.orders.create(buildOrder());
    await elsewhere.waitUntilReceived(1);
    expect(receiver.received).toEqual([]);
  });

  test('that is deleted takes with it what was still to be sent out of turn', async () => {
    await using receiver = await startReceiver(() => undefined);
    await using app = await startTestApp(localTargets);
    const { id: webhookId } = await app.client.webhooks.create({ url: receiver.url });
    for (let count = 0; count < 3; count += 1) await app.client.webhooks.test({ webhookId });
    await receiver.waitUntilReceived(1);
    await app.client.webhooks.delete({ webhookId });
    const { reader } = app.service.store;
    expect(await reader.selectFrom('webhook_deliveries').selectAll().execute()).toEqual([]);
  });

  test('that wants nothing of what happens is left in peace', async () => {
    await using setup = await setUp({ pollMs: 5 }, ['order.approved']);
    const { app, webhook } = setup;
    await using witness = await startReceiver();
    await app.client.webhooks.create({ url: witness.url });
    for (const note of ['a', 'b', 'c']) await app.client.orders.create(buildOrder({ note }));
    await witness.waitUntilReceived(3);
    const rows = app.service.store.reader.selectFrom('webhooks').select('fence').where('id', '=', webhook.id);
    expect(await rows.executeTakeFirst()).toEqual({ fence: 0 });
  });

  test('can be deleted: nothing more is sent, and it is gone', async () => {
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
  test('gets nothing until it is resumed, and then all that it has missed', async () => {
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

  test('gets nothing more from the moment in which the pause was answered', async () => {
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
    // The service has stopped: nothing more can come.
    expect(receiver.events).toHaveLength(1);
  });

  test('that is paused or resumed once more is as it was', async () => {
    await using setup = await setUp();
    const { app, webhook } = setup;
    const { id: webhookId } = webhook;
    expect((await app.client.webhooks.resume({ webhookId })).updatedAt).toBe(webhook.updatedAt);
    const paused = await app.client.webhooks.pause({ webhookId });
    expect(await app.client.webhooks.pause({ webhookId })).toEqual(paused);
  });
});

describe('a receiver that answers 410', () => {
  test('is not sent to again until somebody resumes', async () => {
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
  test('passes over the event that stands in the way, and the rest follows', async () => {
    await using setup = await setUp();
    const { app, receiver, webhook } = setup;
    const { id: webhookId } = webhook;
    receiver.respondWith(({ body }) => (JSON.parse(body).orderId === 1 ? 500 : 204));
    for (const note of ['a', 'b']) await app.client.orders.create(buildOrder({ note }));
    const failing = await waitForWebhook(setup.app.client, setup.webhook.id, ({ failure }) => failure !== null);
    const skipped = await app.client.webhooks.skip({ webhookId });
    expect(skipped).toMatchObject({ position: 1, failure: null });
    await waitForWebhook(setup.app.client, setup.webhook.id, ({ position }) => position === 2);
    const deliveryId = Number(failing.failure?.deliveryId);
    expect(await app.client.webhooks.delivery({ webhookId, deliveryId })).toMatchObject({ state: 'skipped' });
    expect(receiver.events.map(({ orderId }) => orderId)).toEqual([1, 2]);
  });

  test('can pass over all up to a position', async () => {
    await using setup = await setUp();
    const { app, receiver, webhook } = setup;
    const { id: webhookId } = webhook;
    await app.client.webhooks.pause({ webhookId });
    for (const note of ['a', 'b', 'c']) await app.client.orders.create(buildOrder({ note }));
    await app.client.webhooks.skip({ webhookId, through: 2 });
    await app.client.webhooks.resume({ webhookId });
    await receiver.waitUntilReceived(1);
    expect(receiver.events.map(({ position }) => position)).toEqual([3]);
  });

  test('is refused where there is nothing to skip, behind what is done, and beyond the log', async () => {
    await using setup = await setUp();
    const { app, webhook, receiver } = setup;
    const { id: webhookId } = webhook;
    await app.client.orders.create(buildOrder());
    await receiver.waitUntilReceived(1);
    await waitForWebhook(setup.app.client, setup.webhook.id, ({ position }) => position === 1);
    for (const through of [undefined, 1, 2]) {
      const { errors } = await catchProblem(
        'invalid-request',
        app.client.webhooks.skip({ webhookId, ...(through && { through }) }),
      );
      expect(errors).toMatchObject([{ pointer: '/through' }]);
    }
  });
});

describe('a secret that is rotated', () => {
  test('signs together with the former one for a day, and then alone', async () => {
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
  test('is sent once, signed, also where the webhook is paused, and its outcome is told', async () => {
    await using setup = await setUp();
    const { app, receiver, webhook } = setup;
    await app.client.webhooks.pause({ webhookId: webhook.id });
    const started = await app.client.webhooks.test({ webhookId: webhook.id });
    expect(started).toMatchObject({ kind: 'test', state: 'pending', position: null, attempts: [] });
    const delivery = await finished(setup, started);
    expect(delivery).toMatchObject({ state: 'delivered', attempts: [{ statusCode: 204, error: null }] });
    const [{ headers, body } = { headers: {}, body: '' }] = receiver.received;
    const message = verifyWebhook({ secret: webhook.secret, headers, body });
    expect(message).toMatchObject({ id: started.eventId, type: 'webhook.test', data: { webhookId: webhook.id } });
  });

  test('that fails is not tried again', async () => {
    await using setup = await setUp();
    const { app, receiver, webhook } = setup;
    receiver.respondWith(503);
    const delivery = await finished(setup, await app.client.webhooks.test({ webhookId: webhook.id }));
    expect(delivery).toMatchObject({ state: 'failed', nextAttemptAt: null, attempts: [{ statusCode: 503 }] });
  });
});

describe('deliveries', () => {
  test('tell every attempt, newest delivery first, and can be narrowed by their state', async () => {
    await using setup = await setUp();
    const { app, receiver, webhook } = setup;
    const { id: webhookId } = webhook;
    await app.client.orders.create(buildOrder());
    await waitForWebhook(setup.app.client, setup.webhook.id, ({ position }) => position === 1);
    receiver.respondWith(500);
    await app.client.orders.create(buildOrder());
    await waitForWebhook(setup.app.client, setup.webhook.id, ({ failure }) => failure !== null);
    const { data } = await app.client.webhooks.deliveries({ webhookId });
    expect(data).toMatchObject([
      { kind: 'event', state: 'pending', position: 2, attempts: [{ statusCode: 500 }], finishedAt: null },
      { kind: 'event', state: 'delivered', position: 1, attempts: [{ statusCode: 204, error: null }] },
    ]);
    expect(data[0]?.nextAttemptAt).not.toBeNull();
    const pending = await app.client.webhooks.deliveries({ webhookId, state: ['pending'] });
    expect(pending.data).toEqual([data[0]]);
    const second = await app.client.webhooks.deliveries({ webhookId, limit: 1, offset: 1 });
    expect(second.data).toEqual([data[1]]);
  });

  test('can be sent again, with the same id, as a delivery of its own', async () => {
    await using setup = await setUp();
    const { app, receiver, webhook } = setup;
    const { id: webhookId } = webhook;
    await app.client.orders.create(buildOrder());
    await waitForWebhook(setup.app.client, setup.webhook.id, ({ position }) => position === 1);
    const [first] = (await app.client.webhooks.deliveries({ webhookId })).data;
    const again = await app.client.webhooks.redeliver({ webhookId, deliveryId: Number(first?.id) });
    expect(await finished(setup, again)).toMatchObject({ kind: 'redelivery', state: 'delivered', position: 1 });
    expect(receiver.received.map(({ id, body }) => [id, body])).toEqual([
      [first?.eventId, receiver.received[0]?.body],
      [first?.eventId, receiver.received[0]?.body],
    ]);
  });

  test('are forgotten after 30 days, but not what is still to be sent', async () => {
    let now = Date.now();
    const dayMs = 24 * 3_600_000;
    await using setup = await setUp({ environment: { now: () => now }, pollMs: 5, purgeIntervalMs: 5 });
    const { app, receiver, webhook } = setup;
    const { id: webhookId } = webhook;
    await app.client.orders.create(buildOrder());
    await waitForWebhook(setup.app.client, setup.webhook.id, ({ position }) => position === 1);
    receiver.respondWith(410);
    await app.client.orders.create(buildOrder());
    await waitForWebhook(setup.app.client, setup.webhook.id, ({ state }) => state === 'paused');
    now += 30 * dayMs + 1_000;
    const left = await waitUntil(
      () => app.client.webhooks.deliveries({ webhookId }),
      ({ data }) => data.length < 2,
    );
    expect(left.data).toMatchObject([{ state: 'pending', position: 2 }]);
  });

  test('of another webhook are not found', async () => {
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
    ['that is no URL', 'shop'],
    ['of plain HTTP', 'http://shop.example/'],
    ['of this machine', 'https://localhost/'],
    ['of a private network', 'https://10.0.0.1/'],
    ['with a password', 'https://ann:secret@shop.example/'],
  ])('%s is refused when a webhook is made and when it is edited', async (_, url) => {
    const { id: webhookId } = await app.client.webhooks.create({ url: 'https://shop.example/' });
    for (const refused of [app.client.webhooks.create({ url }), app.client.webhooks.edit({ webhookId, url })]) {
      expect((await catchProblem('invalid-request', refused)).errors).toMatchObject([{ pointer: '/url' }]);
    }
  });

  test.each([
    ['no types', { types: [] }, '/types'],
    ['a type that there is not', { types: ['order.deleted'] }, '/types/0'],
    ['a type twice', { types: ['order.created', 'order.created'] }, '/types'],
    ['a secret of its own', { secret: 'whsec_x' }, '/secret'],
    ['a description that is too long', { description: 'x'.repeat(501) }, '/description'],
  ])('with %s is refused', async (_, fields, pointer) => {
    const response = await app.send('POST', '/webhooks', { url: 'https://shop.example/', ...fields });
    expect(response.status).toBe(400);
    expect((await response.json()).errors).toMatchObject([{ pointer }]);
  });
});

test('whoever says where events go needs to be allowed to read them', async () => {
  await using app = await startAuthenticatedApp(localTargets);
  const url = 'https://shop.example/';
  const { scope } = await catchProblem('forbidden', app.clientAs('ann', 'webhooks:manage').webhooks.create({ url }));
  expect(scope).toBe('orders:read');
  const { id, createdBy } = await app.clientAs('ann', 'webhooks:manage', 'orders:read').webhooks.create({ url });
  expect(createdBy).toBe('ann');
  await catchProblem('forbidden', app.clientAs('ann', 'webhooks:manage').webhooks.edit({ webhookId: id, url }));
  await catchProblem('forbidden', app.clientAs('ann', 'orders:read').webhooks.get({ webhookId: id }));
});
