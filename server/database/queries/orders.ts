// Reads of orders and counters, on the connection that sees committed data only.

import type { Stats } from '../../../contract/routes/stats.ts';
import { type OrderStatus, orderStatuses } from '../../../contract/workflow.ts';
import { createOrderSerializer, orderMapping, type SerializedOrder } from '../mapping/order.ts';
import { preparedLookup, preparedPartRead, preparedRead } from '../reads/prepared-read.ts';
import type { Part, Slice } from '../reads/slice.ts';
import type { Store } from '../store.ts';
import type { CounterName, Tables } from '../tables.ts';
import type { OrderFilter, OrderSort } from './order-filter.ts';
import {
  buildPageQuery,
  type FilterShape,
  hasFilter,
  selectFilteredOrders,
  toFilterShape,
  toPageShape,
} from './order-page.ts';
import { findOldestQueuedAt } from './validations.ts';

/** Returns an order by its id. */
export const findOrder = preparedLookup('orders', orderMapping.columns, createOrderSerializer);

const ordersOfPage = preparedPartRead(buildPageQuery, { dependsOnValues: hasFilter, converter: createOrderSerializer });

export async function findOrders(
  store: Store,
  filter: OrderFilter,
  sort: OrderSort,
  slice: Slice,
): Promise<Part<SerializedOrder>> {
  const values = { ...filter, ...slice, reach: slice.offset + slice.limit };
  return ordersOfPage(store, values, toPageShape(filter, sort, slice), slice.maxBytes);
}

const maxCounted = 10_000;

const countOfFiltered = preparedRead<{ count: number }, Omit<OrderFilter, 'status'> & { most: number }, FilterShape>(
  (reader, parameter, shape, dialect) =>
    reader
      .selectFrom(
        selectFilteredOrders(reader, parameter, shape, dialect).select('id').limit(parameter('most')).as('matching'),
      )
      .select(({ fn }) => fn.countAll<number>().as('count')),
  { dependsOnValues: hasFilter },
);

/** Counts orders: from the counters where they suffice, otherwise row by row up to 10,000. */
export async function countOrders(
  store: Store,
  filter: OrderFilter,
): Promise<{ total: number; totalIsCapped: boolean }> {
  const { status, ...others } = filter;
  if (Object.values(others).every((value) => value === undefined)) {
    const counters = await readCounters(store);
    const names: readonly OrderStatus[] = status ?? orderStatuses;
    const total = names.reduce((sum, name) => sum + (counters.get(`orders.${name}`) ?? 0), 0);
    return { total, totalIsCapped: false };
  }
  const [{ count } = { count: 0 }] = await countOfFiltered(
    store,
    { ...others, most: maxCounted + 1 },
    toFilterShape(filter),
  );
  return { total: Math.min(count, maxCounted), totalIsCapped: count > maxCounted };
}

/** Returns the counters, and how long the oldest queued run has waited at `now`. */
export async function readStats(store: Store, now: number): Promise<Stats> {
  const counters = await readCounters(store);
  const oldest = await findOldestQueuedAt(store);
  const counted = orderStatuses.map((status) => [status, counters.get(`orders.${status}`) ?? 0]);
  return {
    orders: Object.fromEntries(counted) as Stats['orders'],
    openValidations: counters.get('runs.open') ?? 0,
    oldestWaitingMs: oldest === undefined ? null : Math.max(0, now - Date.parse(oldest)),
  };
}

const allCounters = preparedRead<Tables['counters'], object>((reader) => reader.selectFrom('counters').selectAll());

async function readCounters(store: Store): Promise<Map<CounterName, number>> {
  const rows = await allCounters(store, {});
  return new Map(rows.map(({ name, value }) => [name, value]));
}
