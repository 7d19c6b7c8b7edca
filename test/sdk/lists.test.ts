// Lists of the SDK: one page as a promise, or all entries as an iterable.

import { describe, expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import { contractFetch } from '../kit/http/contract-fetch.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { startTestApp, type TestApp } from '../kit/service/app.ts';

async function startAppWithOrders(count: number): Promise<TestApp> {
  const app = await startTestApp();
  for (let index = 0; index < count; index += 1) await app.client.orders.create(buildOrder());
  return app;
}

/** Creates a client that records the queries of its requests. */
function createRecordingClient(app: TestApp) {
  const queries: URLSearchParams[] = [];
  const recordingFetch: typeof fetch = (url, init) => {
    queries.push(new URL(String(url)).searchParams);
    return contractFetch(url, init);
  };
  return { client: createClient({ baseUrl: app.url, fetch: recordingFetch }), queries };
}

async function collectIds<Entry extends { id: unknown }>(list: AsyncIterable<Entry>): Promise<Entry['id'][]> {
  const ids: Entry['id'][] = [];
  for await (const { id } of list) ids.push(id);
  return ids;
}

describe('iteration', () => {
  test('iterating over a list reads every page once, with the same filters', async () => {
    await using app = await startAppWithOrders(7);
    await app.client.orders.reject({ orderId: 4 });
    const { client, queries } = createRecordingClient(app);
    expect(await collectIds(client.orders.list({ limit: 2, sort: 'id', status: 'CREATED' }))).toEqual([
      1, 2, 3, 5, 6, 7,
    ]);
    expect(queries.map((query) => query.get('status'))).toEqual(Array(queries.length).fill('CREATED'));
    expect(queries.map((query) => query.get('limit'))).toEqual(Array(queries.length).fill('2'));
    expect(queries.filter((query) => query.has('cursor')).length).toBe(queries.length - 1);
    expect(queries.length).toBeGreaterThanOrEqual(3);
  });

  test('iterating reads 100 entries at a time by default, and nothing more after the loop was left', async () => {
    await using app = await startAppWithOrders(3);
    const { client, queries } = createRecordingClient(app);
    for await (const _ of client.orders.list()) break;
    expect(queries.map((query) => query.get('limit'))).toEqual(['100']);
  });

  test('iterating from an offset continues with cursors', async () => {
    await using app = await startAppWithOrders(5);
    const list = app.client.orders.list({ offset: 1, limit: 2, sort: 'id' });
    expect(await collectIds(list)).toEqual([2, 3, 4, 5]);
  });

  test('the feed, histories, validations, webhooks and deliveries can be iterated', async () => {
    await using app = await startAppWithOrders(3);
    const { orders, events, webhooks } = app.client;
    await orders.validateAndWait({ orderId: 1 });
    await webhooks.create({ url: 'https://shop.example/hooks' });
    await webhooks.create({ url: 'https://shop.example/others' });
    const positions: number[] = [];
    for await (const { position } of events.list({ limit: 2 })) positions.push(position);
    expect(positions).toEqual([1, 2, 3, 4, 5]);
    expect(await collectIds(orders.events({ orderId: 1, limit: 1 }))).toHaveLength(3);
    expect(await collectIds(orders.validations({ orderId: 1 }))).toEqual([1]);
    expect(await collectIds(webhooks.list({ limit: 1 }))).toEqual([2, 1]);
    expect(await collectIds(webhooks.deliveries({ webhookId: 1 }))).toEqual([]);
  });

  test('an error of a later page ends the loop', async () => {
    await using app = await startAppWithOrders(3);
    let requests = 0;
    const failingFetch: typeof fetch = (...request) => {
      requests += 1;
      return requests === 2 ? Promise.resolve(new Response('', { status: 500 })) : fetch(...request);
    };
    const client = createClient({ baseUrl: app.url, fetch: failingFetch });
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { id } of client.orders.list({ limit: 1, sort: 'id' })) seen.push(id);
    })();
    await expect(reading).rejects.toMatchObject({ name: 'UnexpectedResponseError', status: 500 });
    expect(seen).toEqual([1]);
  });
});

describe('pages', () => {
  test('page() and await read one page with the limit of the service', async () => {
    await using app = await startAppWithOrders(3);
    const { client, queries } = createRecordingClient(app);
    const first = await client.orders.list({ limit: 2, sort: 'id' }).page();
    expect(first.data.map(({ id }) => id)).toEqual([1, 2]);
    const cursor = first.page.nextCursor ?? undefined;
    const second = await client.orders.list({ limit: 2, sort: 'id', cursor });
    expect(second).toMatchObject({ data: [{ id: 3 }], page: { nextCursor: null } });
    expect((await client.orders.list()).page.limit).toBe(10);
    expect(queries).toHaveLength(3);
  });

  test('a list sends nothing until it is used, and one request however often it is awaited', async () => {
    await using app = await startAppWithOrders(1);
    const { client, queries } = createRecordingClient(app);
    const list = client.orders.list();
    expect(queries).toHaveLength(0);
    const [page, same, { status }] = await Promise.all([list, list.page(), list.withResponse()]);
    expect([page.data.length, same === page, status]).toEqual([1, true, 200]);
    expect(queries).toHaveLength(1);
  });

  test('times of filters may be dates', async () => {
    await using app = await startAppWithOrders(1);
    const { client, queries } = createRecordingClient(app);
    const createdTo = new Date('2026-05-04T12:15:30+02:00');
    expect(await client.orders.list({ createdTo, createdFrom: '2020-01-01T00:00:00Z' })).toMatchObject({ page: {} });
    expect(queries[0]?.get('createdTo')).toBe('2026-05-04T10:15:30.000Z');
    const invalid = client.orders.list({ createdFrom: new Date(Number.NaN) });
    await expect(invalid).rejects.toThrow(new TypeError('createdFrom is an invalid date'));
  });
});
