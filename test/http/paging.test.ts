// Pages of orders: with any filter, the pages together contain every matching order once and in order.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type OrderStatus, orderStatuses } from '../../contract/workflow.ts';
import type { OrderRow } from '../../server/database/mapping/order.ts';
import type { OrderFilter, OrderSort } from '../../server/database/queries/order-filter.ts';
import { countOrders, findOrders } from '../../server/database/queries/orders.ts';
import type { Store } from '../../server/database/store.ts';
import type { Tables } from '../../server/database/tables.ts';
import { createTemporaryDatabase } from '../kit/database/database.ts';
import { openTestStore } from '../kit/database/store.ts';

const status = fc.constantFrom(...orderStatuses);
const customerId = fc.constantFrom('a', 'b');
/** Few distinct times, so that orders share one, and some are older than the order before. */
const time = fc.integer({ min: 0, max: 6 }).map((second) => `2026-01-01T00:00:0${second}.000Z`);

type Fields = { status: OrderStatus; customerId: string; createdAt: string };
/** As long as possible, so that few sets of orders give many pages. */
const anyOrders = fc.array(fc.record({ status, customerId, createdAt: time }), { maxLength: 40, size: 'max' });

const anyFilter: fc.Arbitrary<OrderFilter> = fc.record(
  {
    status: fc.uniqueArray(status, { minLength: 1 }),
    customerId,
    reference: fc.integer({ min: 1, max: 40 }).map((id) => `R${id}`),
    createdFrom: time,
    createdTo: time,
  },
  { requiredKeys: [] },
);

function toRow({ customerId: customer_id, createdAt: created_at, ...fields }: Fields, index: number): OrderRow {
  const id = index + 1;
  return {
    ...{
      id,
      reference: id % 3 === 0 ? `R${id}` : null,
      customer_id,
      currency: 'EUR',
      items: '[]',
      total: 0,
      ...fields,
    },
    ...{ note: null, metadata: '{}', version: 1, rejection: null, validation_id: null, validation_state: null },
    ...{ contributors: '[]', created_by: 'ann', created_at, updated_at: created_at },
  };
}

function matches(row: OrderRow, filter: OrderFilter): boolean {
  return (
    (filter.status?.includes(row.status) ?? true) &&
    (filter.customerId ?? row.customer_id) === row.customer_id &&
    (filter.reference ?? row.reference) === row.reference &&
    (filter.createdFrom ?? row.created_at) <= row.created_at &&
    (filter.createdTo === undefined || row.created_at < filter.createdTo)
  );
}

/** Reads all pages of a list. Each begins after the last id of the page before. */
async function readAllPages(store: Store, filter: OrderFilter, sort: OrderSort, limit: number): Promise<number[]> {
  const ids: number[] = [];
  for (;;) {
    const page = await findOrders(store, filter, sort, { after: ids.at(-1), offset: 0, limit });
    ids.push(...page.rows.map(({ id }) => id));
    if (page.rows.length < limit) return ids;
  }
}

type List = { filter: OrderFilter; sort: OrderSort; limit: number; offset: number };

const anyList: fc.Arbitrary<List> = fc.record({
  filter: anyFilter,
  sort: fc.constantFrom('id', '-id'),
  limit: fc.integer({ min: 1, max: 7 }),
  offset: fc.integer({ min: 0, max: 12 }),
});

async function checkList(store: Store, rows: OrderRow[], { filter, sort, limit, offset }: List): Promise<void> {
  const expected = selectExpected(rows, filter, sort).map(({ id }) => id);
  expect(await readAllPages(store, filter, sort, limit)).toEqual(expected);
  const page = await findOrders(store, filter, sort, { after: undefined, offset, limit });
  expect(page.rows.map(({ id }) => id)).toEqual(expected.slice(offset, offset + limit));
  const isCounted = Object.keys(filter).some((name) => name !== 'status');
  if (isCounted) expect(await countOrders(store, filter)).toMatchObject({ total: expected.length });
}

describe('pages of orders', () => {
  test('the pages of a list contain every matching order once and in order, for any filter', async () => {
    await using database = await createTemporaryDatabase();
    await using store = await openTestStore(database.url);
    const anyLists = fc.array(anyList, { minLength: 4, maxLength: 16, size: 'max' });
    await fc.assert(
      fc.asyncProperty(anyOrders, anyLists, async (orders, lists) => {
        const rows = orders.map(toRow);
        await store.transaction(async (em) => {
          const kysely = em.getKysely<Tables>();
          await kysely.deleteFrom('orders').execute();
          if (rows.length > 0) await kysely.insertInto('orders').values(rows).execute();
        });
        await Promise.all(lists.map((list) => checkList(store, rows, list)));
      }),
      { numRuns: 60 },
    );
  });
});

/** Filters and sorts orders as the list does: by time and id if the only filters are times, otherwise by id. */
function selectExpected(rows: OrderRow[], filter: OrderFilter, sort: OrderSort): OrderRow[] {
  const { createdFrom, createdTo, customerId, reference } = filter;
  const isByTime = (createdFrom ?? createdTo) !== undefined && (customerId ?? reference) === undefined;
  const toSortKey = ({ id, created_at }: OrderRow) => (isByTime ? Date.parse(created_at) * 1_000 + id : id);
  const ascending = rows.filter((row) => matches(row, filter)).sort((a, b) => toSortKey(a) - toSortKey(b));
  return sort === 'id' ? ascending : ascending.reverse();
}
