// The event feed: every event of every order once, in commit order, with any filter and page size.

import { describe, expect, test } from 'vitest';
import { type Event, type EventType, eventTypes } from '../../contract/schemas/events/event.ts';
import { createEventFilter, matchesFilter } from '../../server/database/queries/event-filter.ts';
import { buildOrder, failingItems, validateOrder } from '../kit/http/orders.ts';
import { startTestApp, type TestApp } from '../kit/service/app.ts';

type Query = { type?: EventType[]; orderId?: number };

/** Reads the feed page by page, until a page is empty. */
async function readFeed({ client }: TestApp, query: Query, limit: number): Promise<Event[]> {
  const found: Event[] = [];
  for (let after = 0; ; ) {
    const { data, page } = await client.events.list({ ...query, after, limit });
    found.push(...(data as Event[]));
    if (data.length === 0) {
      expect(page).toEqual({ limit, nextAfter: after });
      return found;
    }
    after = page.nextAfter;
  }
}

/** Creates orders whose events have every type except `order.validation_dead`. */
async function createOrders({ client }: TestApp): Promise<void> {
  for (let count = 0; count < 3; count += 1) {
    const { id: orderId } = await client.orders.create(buildOrder());
    await client.orders.edit({ orderId, note: `${count}`, currency: 'USD' });
    await validateOrder(client, orderId);
    await client.orders.approve({ orderId, note: 'Within the budget' });
    const failing = await client.orders.create(buildOrder({ items: failingItems }));
    await validateOrder(client, failing.id);
    const unwanted = await client.orders.create(buildOrder());
    await client.orders.reject({ orderId: unwanted.id, reason: 'Out of stock' });
  }
}

describe('the feed', () => {
  test('the feed returns every event once in commit order, with any filter and page size', async () => {
    await using app = await startTestApp();
    await createOrders(app);
    const all = await readFeed(app, {}, 100);
    expect(all).toHaveLength(3 * 10);
    const positions = all.map(({ position }) => position);
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    expect(new Set(positions).size).toBe(all.length);
    const queries: Query[] = [
      {},
      { orderId: 1 },
      { orderId: 999 },
      { type: ['order.rejected'] },
      { type: ['order.validation_dead'] },
      { type: ['order.validated', 'order.created'] },
      { type: [...eventTypes] },
      { orderId: 1, type: ['order.approved', 'order.created'] },
    ];
    for (const query of queries) {
      const expected = all.filter((event) => matchesFilter(createEventFilter(query.type, query.orderId), event));
      for (const limit of [1, 4, 100]) expect(await readFeed(app, query, limit)).toEqual(expected);
    }
  });

  test('the feed continues where it ended when an event is appended', async () => {
    await using app = await startTestApp();
    const { page } = await app.client.events.list();
    expect(page).toEqual({ limit: 10, nextAfter: 0 });
    await app.client.orders.create(buildOrder());
    const next = await app.client.events.list({ after: page.nextAfter });
    expect(next.data).toMatchObject([{ type: 'order.created', position: next.page.nextAfter }]);
    expect((await app.client.events.list({ after: next.page.nextAfter })).data).toEqual([]);
  });

  test.each([
    ['after=2', '/query/after'],
    ['after=2&orderId=7', '/query/after'],
    ['after=-1', '/query/after'],
    ['after=x', '/query/after'],
    ['limit=101', '/query/limit'],
    ['type=order.lost', '/query/type/0'],
    ['orderId=0', '/query/orderId'],
    ['offset=1', '/query/offset'],
  ])('the feed rejects the query %s', async (query, pointer) => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder());
    const response = await app.request(`/events?${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid-request', errors: [{ pointer }] });
  });
});

describe('the data of an event', () => {
  test('the data of an event contains old and new values, notes, reasons and findings', async () => {
    await using app = await startTestApp();
    await createOrders(app);
    const readFirst = async (type: EventType, orderId: number) =>
      (await app.client.events.list({ type: [type], orderId })).data[0]?.data;
    expect(await readFirst('order.created', 1)).toEqual({
      order: { ...buildOrder(), reference: null, note: null, metadata: {} },
    });
    expect(await readFirst('order.updated', 1)).toEqual({
      changes: { currency: { from: 'EUR', to: 'USD' }, note: { from: null, to: '0' } },
    });
    expect(await readFirst('order.approved', 1)).toEqual({ note: 'Within the budget' });
    expect(await readFirst('order.rejected', 2)).toMatchObject({
      validationId: 2,
      findings: [{ rule: 'no-zero-prices' }, { rule: 'no-repeated-products' }],
    });
    expect(await readFirst('order.rejected', 3)).toEqual({ reason: 'Out of stock', validationId: null, findings: [] });
  });
});
