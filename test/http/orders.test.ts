// Orders over HTTP: create, read, list and edit.

import { describe, expect, test } from 'vitest';
import { buildOrder, failingItems, validateOrder } from '../kit/http/orders.ts';
import { catchProblem } from '../kit/http/problems.ts';
import { openSocket, parseResponses, readToEnd } from '../kit/http/raw-http.ts';
import { startTestApp, toJsonRequest } from '../kit/service/app.ts';

describe('creating an order', () => {
  test('a created order is returned with its location and version', async () => {
    await using app = await startTestApp();
    const body = buildOrder({ reference: 'PO-1', note: 'Handle with care', metadata: { channel: 'shop' } });
    const response = await app.send('POST', '/orders', body);
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe('/orders/1');
    expect(response.headers.get('etag')).toBe('"1"');
    expect(await response.json()).toMatchObject({
      ...body,
      id: 1,
      total: 2500,
      status: 'CREATED',
      version: 1,
      allowedActions: ['edit', 'validate', 'reject'],
      rejection: null,
      validation: null,
    });
  });

  test('reads and lists return an order as the same JSON text as its last change', async () => {
    await using app = await startTestApp();
    const post = async (path: string, body: unknown) => (await app.send('POST', path, body)).text();
    const read = async (path: string) => (await app.request(path)).text();
    const specialText = `"'\\ \n \u2028 🍵 </script> {}`;
    const created = await post('/orders', buildOrder());
    await post(
      '/orders',
      buildOrder({
        reference: specialText,
        customerId: specialText,
        note: specialText,
        metadata: { [specialText]: specialText },
      }),
    );
    const rejected = await post('/orders/2/reject', { reason: specialText });
    await post('/orders', buildOrder());
    await validateOrder(app.client, 3);
    const approved = await post('/orders/3/approve', {});
    const texts = [created, rejected, approved];
    expect([await read('/orders/1'), await read('/orders/2'), await read('/orders/3')]).toEqual(texts);
    expect(await read('/orders?sort=id')).toContain(`"data":[${texts.join()}]`);
  });

  test('a read with the current version in If-None-Match gets 304', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder());
    const readStatus = async (tag: string) =>
      (await fetch(`${app.url}/orders/1`, { headers: { 'if-none-match': tag } })).status;
    for (const tag of ['"1"', 'W/"1"', '"7", "1"', '*']) expect(await readStatus(tag)).toBe(304);
    for (const tag of ['"2"', '1', '"11"']) expect(await readStatus(tag)).toBe(200);
  });

  test('absent optional fields of a new order get their defaults', async () => {
    await using app = await startTestApp();
    expect(await app.client.orders.create(buildOrder())).toMatchObject({ reference: null, note: null, metadata: {} });
  });

  test('text with special characters is stored unchanged', async () => {
    await using app = await startTestApp();
    const note = `it's ? ?? \\ "quoted" \n \u2028 🍵 :name $1 {}`;
    const { id } = await app.client.orders.create(buildOrder({ note, metadata: { 'a/b~c': '?', constructor: 'x' } }));
    const order = await app.client.orders.get({ orderId: id });
    expect(order).toMatchObject({ note, metadata: { 'a/b~c': '?', constructor: 'x' } });
  });

  test('the largest exact total is accepted, and a larger one is rejected', async () => {
    await using app = await startTestApp();
    const largest = [
      { productId: 'a', quantity: 9007, unitPrice: 1_000_000_000_000 },
      { productId: 'b', quantity: 1, unitPrice: 199_254_740_991 },
    ];
    expect(await app.client.orders.create(buildOrder({ items: largest }))).toMatchObject({ total: 2 ** 53 - 1 });
    const items = [...largest, { productId: 'c', quantity: 1, unitPrice: 1 }];
    const problem = await catchProblem('invalid-request', app.client.orders.create(buildOrder({ items })));
    expect(problem.errors).toEqual([expect.objectContaining({ pointer: '/items' })]);
  });

  test('a reference of another order is a conflict that has the id of that order', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder({ reference: 'PO-1' }));
    const problem = await catchProblem('conflict', app.client.orders.create(buildOrder({ reference: 'PO-1' })));
    expect(problem).toMatchObject({ status: 409, orderId: 1 });
  });

  test('one of many concurrent creations with the same reference succeeds', async () => {
    await using app = await startTestApp();
    const race = Array.from({ length: 50 }, () => app.client.orders.create(buildOrder({ reference: 'PO-1' })));
    const outcomes = await Promise.allSettled(race);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await app.client.orders.list({ withTotal: true })).toMatchObject({ page: { total: 1 } });
  });
});

describe('listing orders', () => {
  test('orders are listed newest first, in pages without overlaps or gaps', async () => {
    await using app = await startTestApp();
    for (let count = 0; count < 25; count += 1) await app.client.orders.create(buildOrder());
    const first = await app.client.orders.list();
    expect(first.data.map(({ id }) => id)).toEqual([25, 24, 23, 22, 21, 20, 19, 18, 17, 16]);
    expect(first.page).toMatchObject({ limit: 10, offset: 0 });

    const ids = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const { data, page } = await app.client.orders.list({ limit: 7, ...(cursor ? { cursor } : {}) });
      ids.push(...data.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(ids).toEqual(Array.from({ length: 25 }, (_, index) => 25 - index));
  });

  test('orders can be listed oldest first and from an offset', async () => {
    await using app = await startTestApp();
    for (let count = 0; count < 5; count += 1) await app.client.orders.create(buildOrder());
    const { data, page } = await app.client.orders.list({ sort: 'id', offset: 3, limit: 1 });
    expect(data.map(({ id }) => id)).toEqual([4]);
    expect(page.offset).toBe(3);
  });

  test('orders can be filtered by status, customer, reference and time', async () => {
    const times = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z', '2026-01-03T00:00:00.000Z'];
    let now = 0;
    await using app = await startTestApp({ environment: { now: () => now } });
    for (const [index, time] of times.entries()) {
      now = Date.parse(time);
      await app.client.orders.create(buildOrder({ customerId: `c${index + 1}`, reference: `r${index + 1}` }));
    }
    await app.client.orders.reject({ orderId: 2 });
    const listIds = async (filter: Parameters<typeof app.client.orders.list>[0]) =>
      (await app.client.orders.list(filter)).data.map(({ id }) => id);
    expect(await listIds({ status: ['REJECTED'] })).toEqual([2]);
    expect(await listIds({ status: ['REJECTED', 'CREATED'] })).toEqual([3, 2, 1]);
    expect(await listIds({ customerId: 'c1' })).toEqual([1]);
    expect(await listIds({ reference: 'r3' })).toEqual([3]);
    expect(await listIds({ createdFrom: '2026-01-02T00:00:00Z' })).toEqual([3, 2]);
    expect(await listIds({ createdTo: '2026-01-02T01:00:00+01:00' })).toEqual([1]);
    expect(await listIds({ status: ['CREATED'], createdFrom: '2026-01-02T00:00:00Z', customerId: 'c3' })).toEqual([3]);
  });

  test('the total is read from the counters by status, and counted for any other filter', async () => {
    await using app = await startTestApp();
    for (let count = 0; count < 3; count += 1) await app.client.orders.create(buildOrder());
    await app.client.orders.reject({ orderId: 1 });
    const readTotal = async (filter: Parameters<typeof app.client.orders.list>[0]) =>
      (await app.client.orders.list({ ...filter, withTotal: true })).page;
    expect(await readTotal({})).toMatchObject({ total: 3, totalIsCapped: false });
    expect(await readTotal({ status: ['CREATED'] })).toMatchObject({ total: 2 });
    expect(await readTotal({ customerId: 'customer-1' })).toMatchObject({ total: 3, totalIsCapped: false });
    expect(await readTotal({ customerId: 'nobody' })).toMatchObject({ total: 0 });
  });

  test.each([
    ['that is damaged', (cursor: string) => `${cursor}x`, {}],
    ['that is forged', () => 'MTAwMC5hYWFh', {}],
    ['of a list with another filter', (cursor: string) => cursor, { customerId: 'customer-1' }],
    ['of a list with another sort order', (cursor: string) => cursor, { sort: 'id' as const }],
  ])('a cursor %s is rejected', async (_, forge, filter) => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder());
    await app.client.orders.create(buildOrder());
    const { page } = await app.client.orders.list({ limit: 1 });
    const cursor = forge(page.nextCursor ?? '');
    const problem = await catchProblem('invalid-request', app.client.orders.list({ limit: 1, ...filter, cursor }));
    expect(problem.errors).toEqual([{ pointer: '/query/cursor', detail: 'is not a cursor of this list' }]);
  });
});

describe('editing an order', () => {
  test('an edit changes the given fields, clears those that are null, and keeps the others', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder({ reference: 'PO-1', note: 'old', metadata: { a: '1', b: '2' } }));
    const items = [{ productId: 'coffee', quantity: 3, unitPrice: 400 }];
    const edited = await app.client.orders.edit({ orderId: 1, note: null, items, metadata: { c: '3' } });
    expect(edited).toMatchObject({
      reference: 'PO-1',
      note: null,
      items,
      total: 1200,
      metadata: { c: '3' },
      version: 2,
    });
    expect(await app.client.orders.get({ orderId: 1 })).toEqual(edited);
  });

  test('the event of an edit has the old and new values of the changed fields', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder({ note: 'old' }));
    await app.client.orders.edit({ orderId: 1, note: 'new', customerId: 'customer-1' });
    const { data } = await app.client.orders.events({ orderId: 1 });
    expect(data[1]).toMatchObject({
      type: 'order.updated',
      sequence: 2,
      data: { changes: { note: { from: 'old', to: 'new' } } },
    });
  });

  test.each([
    ['no fields', {}],
    ['equal values', { note: 'same', metadata: { b: '2', a: '1' } }],
  ])('an edit with %s creates no version and no event', async (_, edit) => {
    await using app = await startTestApp();
    const items = [{ productId: 'tea', quantity: 1, unitPrice: 0 }];
    await app.client.orders.create(buildOrder({ note: 'same', metadata: { a: '1', b: '2' }, items }));
    expect(await app.client.orders.edit({ orderId: 1, ...edit })).toMatchObject({ version: 1 });
    expect((await app.client.orders.events({ orderId: 1 })).data).toHaveLength(1);
  });

  test('an edit with −0 instead of 0 changes nothing', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder({ items: [{ productId: 'tea', quantity: 1, unitPrice: 0 }] }));
    const body = '{"items":[{"productId":"tea","quantity":1,"unitPrice":-0}]}';
    const response = await app.request('/orders/1', { method: 'PUT', ...toJsonRequest(body) });
    expect(await response.json()).toMatchObject({ version: 1 });
  });

  test('an edit may keep the reference or set a free one, but not that of another order', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder({ reference: 'A' }));
    await app.client.orders.create(buildOrder({ reference: 'B' }));
    await app.client.orders.edit({ orderId: 1, reference: 'A', note: 'x' });
    await catchProblem('conflict', app.client.orders.edit({ orderId: 1, reference: 'B' }));
    await app.client.orders.edit({ orderId: 2, reference: null });
    expect(await app.client.orders.edit({ orderId: 1, reference: 'B' })).toMatchObject({ reference: 'B' });
  });

  test('an edit with read-only fields is rejected', async () => {
    await using app = await startTestApp();
    const order = await app.client.orders.create(buildOrder());
    const response = await app.send('PUT', '/orders/1', { ...order, status: 'APPROVED' });
    expect(response.status).toBe(400);
    const { errors } = await response.json();
    const readOnly = ['id', 'total', 'status', 'version', 'allowedActions', 'rejection', 'validation'];
    for (const field of readOnly) expect(errors).toContainEqual({ pointer: `/${field}`, detail: 'is read-only' });
    expect(await app.client.orders.get({ orderId: 1 })).toEqual(order);
  });
});

test('the statistics match the orders and validations', async () => {
  await using app = await startTestApp();
  for (let count = 0; count < 4; count += 1) await app.client.orders.create(buildOrder());
  await app.client.orders.create(buildOrder({ items: failingItems }));
  await validateOrder(app.client, 1);
  await validateOrder(app.client, 2);
  await validateOrder(app.client, 5);
  await app.client.orders.approve({ orderId: 1 });
  expect(await app.client.stats.get()).toEqual({
    orders: { CREATED: 2, VALIDATED: 1, APPROVED: 1, REJECTED: 1 },
    openValidations: 0,
    oldestWaitingMs: null,
  });
});

test.each([
  ['a new order', `POST /orders HTTP/1.1\r\nContent-Type: application/json\r\n`, JSON.stringify(buildOrder()), 201],
  ['the OpenAPI document', 'GET /openapi.json HTTP/1.1\r\n', '', 200],
])(
  'a client that closes its side of the connection after its request gets all of %s',
  async (_, head, body, status) => {
    await using app = await startTestApp();
    const socket = await openSocket(app.url);
    const length = body === '' ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
    socket.end(`${head}Host: localhost\r\n${length}\r\n${body}`);
    const [response] = parseResponses(await readToEnd(socket));
    expect(response?.status).toBe(status);
    expect(() => JSON.parse(response?.body ?? '')).not.toThrow();
  },
);
