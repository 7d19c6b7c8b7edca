// Audit of webhooks: each change of the settings of a webhook is an event in the log, which says who made it, and which
// contains no secret.

import { describe, expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import { webhookEventTypes } from '../../contract/schemas/events/webhook-event.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { catchProblem } from '../kit/http/problems.ts';
import { createToken, toBearerHeader } from '../kit/http/tokens.ts';
import { type AuthenticatedApp, startAuthenticatedApp, startTestApp } from '../kit/service/app.ts';
import { waitUntil } from '../kit/wait-until.ts';
import { localTargets, startReceiver } from '../kit/webhooks/receiver.ts';

const url = 'https://hooks.example/T0/secret-path?token=secret-query';
const type = [...webhookEventTypes];

/** Makes every change of a webhook that a client can make, each as another user. Returns the id and the secrets. */
async function changeWebhook(app: AuthenticatedApp) {
  const { id: webhookId, secret } = await app.clientAs('ann').webhooks.create({ url, types: ['order.approved'] });
  await app.clientAs('ben').webhooks.edit({ webhookId, url: `${url}2`, types: null, description: 'Shop' });
  await app.clientAs('ben').webhooks.edit({ webhookId, description: 'Shop' });
  const { secret: next } = await app.clientAs('carla').webhooks.rotateSecret({ webhookId });
  await app.clientAs('carla').webhooks.pause({ webhookId });
  await app.clientAs('carla').webhooks.pause({ webhookId });
  await app.clientAs('ann').orders.create(buildOrder());
  const { data } = await app.clientAs('ann').events.list({});
  await app.clientAs('dora').webhooks.skip({ webhookId, through: data[0]?.position ?? 0 });
  await app.clientAs('dora').webhooks.resume({ webhookId });
  await app.clientAs('eve').webhooks.delete({ webhookId });
  return { webhookId, through: data[0]?.position, secrets: [secret, next] };
}

describe('a change of a webhook', () => {
  test('each change of a webhook is one event with its actor, and contains neither secret nor path', async () => {
    await using app = await startAuthenticatedApp();
    const { webhookId, through, secrets } = await changeWebhook(app);
    const { data } = await app.clientAs('ann').events.list({ type, limit: 100 });
    const from = { url: 'https://hooks.example/…', types: ['order.approved'], description: null };
    const to = { url: 'https://hooks.example/…', types: null, description: 'Shop' };
    const changes = {
      url: { from: from.url, to: to.url },
      types: { from: from.types, to: to.types },
      description: { from: from.description, to: to.description },
    };
    expect(data.map((event) => [event.type, event.actor.id, event.data])).toEqual([
      ['webhook.created', 'ann', from],
      ['webhook.updated', 'ben', { changes }],
      ['webhook.secret_rotated', 'carla', {}],
      ['webhook.paused', 'carla', { reason: 'requested' }],
      ['webhook.events_skipped', 'dora', { through }],
      ['webhook.resumed', 'dora', {}],
      ['webhook.deleted', 'eve', to],
    ]);
    expect(new Set(data.map((event) => 'webhookId' in event && event.webhookId))).toEqual(new Set([webhookId]));
    const rows = JSON.stringify(await app.service.store.reader.selectFrom('events').selectAll().execute());
    for (const text of [...secrets, 'secret-path', 'secret-query']) expect(rows).not.toContain(text);
  });

  test('the event of a change has the id and the address of its request', async () => {
    await using app = await startTestApp();
    const headers = { 'content-type': 'application/json', 'x-request-id': 'terraform-7' };
    const response = await app.request('/webhooks', { method: 'POST', body: JSON.stringify({ url }), headers });
    const { data } = await app.client.events.list({ type });
    expect(data).toMatchObject([
      { requestId: response.headers.get('x-request-id'), clientRequestId: 'terraform-7', orderId: null },
    ]);
    const { reader } = app.service.store;
    const row = await reader.selectFrom('events').select(['address', 'actor_type']).executeTakeFirstOrThrow();
    expect(row).toEqual({ address: '127.0.0.1', actor_type: 'user' });
  });

  test('a refused change of a webhook appends no event', async () => {
    await using app = await startTestApp();
    await catchProblem('not-found', app.client.webhooks.delete({ webhookId: 1 }));
    await catchProblem('invalid-request', app.client.webhooks.create({ url: 'https://localhost/' }));
    expect((await app.client.events.list({ type })).data).toEqual([]);
  });

  test('a repeated request with the same idempotency key appends one event', async () => {
    await using app = await startTestApp();
    const options = { headers: { 'idempotency-key': 'k' } };
    await app.client.webhooks.create({ url }, options);
    await app.client.webhooks.create({ url }, options);
    expect((await app.client.events.list({ type })).data).toHaveLength(1);
  });

  test('a webhook that is paused because its receiver is gone is an event of the service', async () => {
    await using receiver = await startReceiver(410);
    await using app = await startTestApp(localTargets);
    await app.client.webhooks.create({ url: receiver.url });
    await app.client.orders.create(buildOrder());
    const { data } = await waitUntil(
      () => app.client.events.list({ type: ['webhook.paused'] }),
      (page) => page.data.length > 0,
    );
    expect(data).toMatchObject([{ actor: { type: 'system', id: 'delivery' }, data: { reason: 'gone' } }]);
  });
});

describe('readers of the log', () => {
  test('the feed and the stream have events of webhooks only if their types are named', async () => {
    await using app = await startAuthenticatedApp();
    await changeWebhook(app);
    const client = app.clientAs('ann');
    const isOfOrder = ({ orderId }: { orderId: number | null }) => orderId !== null;
    expect((await client.events.list({ limit: 100 })).data.map(isOfOrder)).toEqual([true]);
    const mixed = await client.events.list({ type: ['order.created', 'webhook.deleted'] });
    expect(mixed.data.map((event) => event.type)).toEqual(['order.created', 'webhook.deleted']);
    const streamed: string[] = [];
    for await (const event of client.events.stream({ after: 0, type: ['webhook.created', 'webhook.deleted'] })) {
      streamed.push(event.type);
      if (streamed.length === 2) break;
    }
    expect(streamed).toEqual(['webhook.created', 'webhook.deleted']);
  });

  test('a live stream receives the events of webhooks that it names, and other streams do not', async () => {
    await using app = await startTestApp();
    const read = async (types: Parameters<typeof app.client.events.stream>[0]) => {
      for await (const event of createClient({ baseUrl: app.url, maxRetries: 0 }).events.stream(types))
        return event.type;
      return undefined;
    };
    const streams = [read({ after: 0 }), read({ after: 0, type: ['webhook.created'] })];
    await app.client.webhooks.create({ url });
    await app.client.orders.create(buildOrder());
    expect(await Promise.all(streams)).toEqual(['order.created', 'webhook.created']);
  });

  test('naming an event type of webhooks requires the scope webhooks:manage', async () => {
    await using app = await startAuthenticatedApp();
    const reader = app.clientAs('ann', 'orders:read');
    const problem = await catchProblem('forbidden', reader.events.list({ type: ['order.created', 'webhook.deleted'] }));
    expect(problem.scope).toBe('webhooks:manage');
    const headers = toBearerHeader(await createToken({ claims: { scope: 'orders:read' } }));
    expect((await app.request('/events/stream?type=webhook.created', { headers })).status).toBe(403);
    expect((await reader.events.list({})).data).toEqual([]);
  });

  test('a webhook for all types receives no events of webhooks', async () => {
    await using receiver = await startReceiver();
    await using app = await startTestApp(localTargets);
    const { id: webhookId } = await app.client.webhooks.create({ url: receiver.url });
    await app.client.webhooks.create({ url });
    await app.client.orders.create(buildOrder());
    await app.client.webhooks.rotateSecret({ webhookId });
    await receiver.waitUntilReceived(1);
    const { data } = await waitUntil(
      () => app.client.webhooks.deliveries({ webhookId }),
      ({ data }) => data[0]?.state === 'delivered',
    );
    expect(data.map(({ eventType }) => eventType)).toEqual(['order.created']);
    const invalid = app.send('POST', '/webhooks', { url, types: ['webhook.deleted'] });
    expect((await invalid).status).toBe(400);
  });
});
