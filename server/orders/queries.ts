// Reads of orders and counters: straight from the tables, on the connection that sees only what is committed.

import type { Order } from '../../contract/order.ts';
import type { Stats } from '../../contract/stats.ts';
import { type OrderStatus, orderStatuses } from '../../contract/workflow.ts';
import type { Slice } from '../store/slice.ts';
import type { Store } from '../store/store.ts';
import type { CounterName, OrderRow } from '../store/tables.ts';
import { findOldestWaiting } from '../validation/queries.ts';
import type { OrderFilter, OrderSort } from './order-filter.ts';
import { toOrder } from './views.ts';

export async function findOrder({ reader }: Store, orderId: number): Promise<Order | undefined> {
  const row = await reader.selectFrom('orders').selectAll().where('id', '=', orderId).executeTakeFirst();
  return row && orderFromRow(row);
}

/** The query of a page of orders, for whoever runs it or explains it. */
export function ordersQuery(store: Store, filter: OrderFilter, sort: OrderSort, { after, offset, limit }: Slice) {
  const isAscending = sort === 'id';
  const query = filteredOrders(store, filter)
    .selectAll()
    .orderBy('id', isAscending ? 'asc' : 'desc')
    .limit(limit)
    .offset(offset);
  return after === undefined ? query : query.where('id', isAscending ? '>' : '<', after);
}

export async function findOrders(store: Store, filter: OrderFilter, sort: OrderSort, slice: Slice): Promise<Order[]> {
  const rows = await ordersQuery(store, filter, sort, slice).execute();
  return rows.map(orderFromRow);
}

const maxCounted = 10_000;

/** How many orders there are: from the kept counters where they know, else counted up to 10,000. */
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
  const { count } = await store.reader
    .selectFrom(
      filteredOrders(store, filter)
        .select('id')
        .limit(maxCounted + 1)
        .as('matching'),
    )
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return { total: Math.min(count, maxCounted), totalIsCapped: count > maxCounted };
}

/** The counters, and how long the run that waits longest has waited at `now`. */
export async function readStats(store: Store, now: number): Promise<Stats> {
  const counters = await readCounters(store);
  const oldest = await findOldestWaiting(store);
  const counted = orderStatuses.map((status) => [status, counters.get(`orders.${status}`) ?? 0]);
  return {
    orders: Object.fromEntries(counted) as Stats['orders'],
    openValidations: counters.get('runs.open') ?? 0,
    oldestWaitingMs: oldest === undefined ? null : Math.max(0, now - Date.parse(oldest)),
  };
}

function filteredOrders({ reader }: Store, { status, customerId, reference, createdFrom, createdTo }: OrderFilter) {
  let query = reader.selectFrom('orders');
  if (status) query = query.where('status', 'in', status);
  if (customerId !== undefined) query = query.where('customer_id', '=', customerId);
  if (reference !== undefined) query = query.where('reference', '=', reference);
  if (createdFrom !== undefined) query = query.where('created_at', '>=', createdFrom);
  if (createdTo !== undefined) query = query.where('created_at', '<', createdTo);
  return query;
}

async function readCounters({ reader }: Store): Promise<Map<CounterName, number>> {
  const rows = await reader.selectFrom('counters').selectAll().execute();
  return new Map(rows.map(({ name, value }) => [name, value]));
}

function orderFromRow(row: OrderRow): Order {
  const { validation_id: id, validation_state: state } = row;
  return toOrder({
    id: row.id,
    reference: row.reference,
    customerId: row.customer_id,
    currency: row.currency,
    items: JSON.parse(row.items),
    total: row.total,
    note: row.note,
    metadata: JSON.parse(row.metadata),
    status: row.status,
    version: row.version,
    rejection: row.rejection === null ? null : JSON.parse(row.rejection),
    validation: id === null || state === null ? null : { id, state },
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  });
}
