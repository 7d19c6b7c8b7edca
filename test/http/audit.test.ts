// Who has caused a change, in which request and from where, is kept with it; and who has had a part in an order.

import { expect, test } from 'vitest';
import type { Store } from '../../server/database/store.ts';
import { startTestApp } from '../kit/app.ts';
import { buildOrder, validateOrder } from '../kit/orders.ts';

test('keeps the request and the address with every event, and none with those of the service itself', async () => {
  await using app = await startTestApp();
  await app.client.orders.create(buildOrder(), { headers: { 'x-request-id': 'first' } });
  await validateOrder(app.client, 1);
  const events = await app.service.store.reader
    .selectFrom('events')
    .select(['type', 'actor_type', 'actor_id', 'request_id', 'address'])
    .orderBy('position')
    .execute();
  const person = { actor_type: 'user', actor_id: 'anonymous', address: '127.0.0.1' };
  expect(events).toEqual([
    { type: 'order.created', ...person, request_id: 'first' },
    { type: 'order.validation_started', ...person, request_id: expect.any(String) },
    { type: 'order.validated', actor_type: 'system', actor_id: 'validation', request_id: null, address: null },
  ]);
});

test('keeps whoever has created or edited an order, each once', async () => {
  await using app = await startTestApp();
  await app.client.orders.create(buildOrder({ note: 'same' }));
  await app.client.orders.edit({ orderId: 1, note: 'other' });
  await app.client.orders.edit({ orderId: 1, note: 'other' });
  expect(await contributorsOf(app.service.store)).toEqual([['anonymous']]);
});

async function contributorsOf({ reader }: Store): Promise<string[][]> {
  const rows = await reader.selectFrom('orders').select('contributors').orderBy('id').execute();
  return rows.map(({ contributors }) => JSON.parse(contributors));
}
