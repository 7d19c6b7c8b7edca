// Audit data: the actor, request and address of each event, and the contributors of each order.

import { expect, test } from 'vitest';
import type { Store } from '../../server/database/store.ts';
import { buildOrder, validateOrder } from '../kit/http/orders.ts';
import { startTestApp, toJsonRequest } from '../kit/service/app.ts';

test('events of a request have its id and address, and events of the service have neither', async () => {
  await using app = await startTestApp();
  const { headers } = await app.send('POST', '/orders', buildOrder());
  await validateOrder(app.client, 1);
  const events = await app.service.store.reader
    .selectFrom('events')
    .select(['type', 'actor_type', 'actor_id', 'request_id', 'address'])
    .orderBy('position')
    .execute();
  const user = { actor_type: 'user', actor_id: 'anonymous', address: '127.0.0.1' };
  expect(events).toEqual([
    { type: 'order.created', ...user, request_id: headers.get('x-request-id') },
    { type: 'order.validation_started', ...user, request_id: expect.any(String) },
    { type: 'order.validated', actor_type: 'system', actor_id: 'validation', request_id: null, address: null },
  ]);
});

test('the request id of an event is assigned by the service, and the id of the client is a separate field', async () => {
  await using app = await startTestApp();
  const create = async (id: string) => {
    const init = { method: 'POST', ...toJsonRequest(JSON.stringify(buildOrder())) };
    const response = await app.request('/orders', { ...init, headers: { ...init.headers, 'x-request-id': id } });
    return response.headers.get('x-request-id') ?? '';
  };
  const first = await create('import-7');
  // The id of another request, as a caller would send it to blame its sender.
  const second = await create(first);
  await create('not safe to log');
  const { data } = await app.client.events.list({});
  expect(data.map(({ requestId, clientRequestId }) => ({ requestId, clientRequestId }))).toEqual([
    { requestId: first, clientRequestId: 'import-7' },
    { requestId: second, clientRequestId: first },
    { requestId: expect.any(String), clientRequestId: null },
  ]);
  expect(second).not.toBe(first);
  const logged = app.logLines.flatMap(({ req }) => (req?.id === second ? [req.clientRequestId] : []));
  expect(logged).toEqual([first]);
});

test('the contributors of an order are its creator and its editors, each once', async () => {
  await using app = await startTestApp();
  await app.client.orders.create(buildOrder({ note: 'same' }));
  await app.client.orders.edit({ orderId: 1, note: 'other' });
  await app.client.orders.edit({ orderId: 1, note: 'other' });
  expect(await findContributors(app.service.store)).toEqual([['anonymous']]);
});

async function findContributors({ reader }: Store): Promise<string[][]> {
  const rows = await reader.selectFrom('orders').select('contributors').orderBy('id').execute();
  return rows.map(({ contributors }) => JSON.parse(contributors));
}
