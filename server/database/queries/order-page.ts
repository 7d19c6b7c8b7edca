// The query of a page of orders: it walks along an index in the order of the page, and stops at its end. What that
// takes does not grow with the number of orders; only within the orders of one customer may it have to pass over some.

import { type Kysely, sql } from 'kysely';
import type { OrderStatus } from '../../../contract/workflow.ts';
import type { Dialect } from '../dialect.ts';
import type { OrderRow } from '../mapping/order.ts';
import type { Parameter } from '../prepared-read.ts';
import type { Slice } from '../slice.ts';
import type { Tables } from '../tables.ts';
import type { OrderFilter, OrderSort } from './order-filter.ts';

/** What a query is given; `reach` is how many orders the page and what it passes over have together. */
export type PageValues = FilterValues & Slice & { reach: number };
type FilterValues = Omit<OrderFilter, 'status'>;

/** What the text of a query depends on. */
type PageShape = FilterShape & { sort: OrderSort; isContinued: boolean };
export type FilterShape = { status: readonly OrderStatus[]; given: readonly (keyof FilterValues)[] };

/** What the text of the query of a filter depends on. */
export function toFilterShape({ status = [], ...values }: OrderFilter): FilterShape {
  const names = Object.keys(values) as (keyof FilterValues)[];
  // One query serves every order in which the same statuses are asked for.
  return { status: status.toSorted(), given: names.filter((name) => values[name] !== undefined).sort() };
}

/** Whether anything is left out: how much, and so by which index it is best found, depends on the values. */
export function hasFilter({ status, given }: FilterShape): boolean {
  return status.length + given.length > 0;
}

/** What the text of the query of a page depends on. */
export function toPageShape(filter: OrderFilter, sort: OrderSort, { after }: Slice): PageShape {
  return { ...toFilterShape(filter), sort, isContinued: after !== undefined };
}

type Reader = Kysely<Tables>;

/** The orders of one page, sorted. */
export function buildPageQuery(reader: Reader, parameter: Parameter<PageValues>, shape: PageShape, dialect: Dialect) {
  const { sort, status } = shape;
  const direction = sort === 'id' ? 'asc' : 'desc';
  // The orders of several statuses come from as many walks: their indexes are sorted within each alone.
  const guide = chooseIndexColumn(shape);
  const hasWalks = status.length > 1 && (guide === 'status' || guide === 'created_at');
  const orders = hasWalks
    ? reader.selectFrom('orders').where('id', 'in', selectIdsByStatus(reader, parameter, shape, dialect))
    : selectSlice(reader, parameter, shape, dialect);
  return sortOrders(guide, orders, direction).selectAll().limit(parameter('limit')).offset(parameter('offset'));
}

/**
 * The orders that fit a filter.
 * @param guide the column whose index is walked along
 */
export function selectFilteredOrders(
  reader: Reader,
  parameter: Parameter<FilterValues>,
  { status, given }: FilterShape,
  dialect: Dialect,
  guide = chooseIndexColumn({ status, given }),
) {
  // Only the index of the guide is walked along.
  const column = <Name extends 'status' | 'customer_id' | 'created_at'>(name: Name) =>
    name === guide || (name === 'status' && guide === 'created_at')
      ? sql.ref<OrderRow[Name]>(name)
      : dialect.withoutIndex<OrderRow[Name]>(name);
  let query = reader.selectFrom('orders');
  // A list, even of one, would be taken for several walks that have to be sorted.
  const [only, ...others] = status;
  if (only && others.length === 0) query = query.where(column('status'), '=', only);
  else if (only) query = query.where(column('status'), 'in', status);
  if (given.includes('customerId')) query = query.where(column('customer_id'), '=', parameter('customerId'));
  if (given.includes('reference')) query = query.where('reference', '=', parameter('reference'));
  if (given.includes('createdFrom')) query = query.where(column('created_at'), '>=', parameter('createdFrom'));
  if (given.includes('createdTo')) query = query.where(column('created_at'), '<', parameter('createdTo'));
  return query;
}

/** The column whose index leads through the orders: of those that are given, the one that leaves the fewest. */
function chooseIndexColumn({
  status,
  given,
}: FilterShape): 'reference' | 'customer_id' | 'created_at' | 'status' | undefined {
  if (given.includes('reference')) return 'reference';
  if (given.includes('customerId')) return 'customer_id';
  if (given.includes('createdFrom') || given.includes('createdTo')) return 'created_at';
  return status.length > 0 ? 'status' : undefined;
}

type Orders = ReturnType<typeof selectFilteredOrders>;

/** A span of time comes in the order of its moments, everything else in that of the ids. */
function sortOrders(guide: ReturnType<typeof chooseIndexColumn>, orders: Orders, direction: 'asc' | 'desc'): Orders {
  const sorted = guide === 'created_at' ? orders.orderBy('created_at', direction) : orders;
  return sorted.orderBy('id', direction);
}

/** The orders that fit, from where the page before has ended. */
function selectSlice(reader: Reader, parameter: Parameter<PageValues>, shape: PageShape, dialect: Dialect) {
  const guide = chooseIndexColumn(shape);
  if (!shape.isContinued) return selectFilteredOrders(reader, parameter, shape, dialect, guide);
  const comparison = shape.sort === 'id' ? '>' : '<';
  if (guide !== 'created_at') {
    return selectFilteredOrders(reader, parameter, shape, dialect, guide).where('id', comparison, parameter('after'));
  }
  // The order that the page before has ended with lies within the span, and takes the place of its nearer end.
  const passed = shape.sort === 'id' ? 'createdFrom' : 'createdTo';
  const given = shape.given.filter((name) => name !== passed);
  const orders = selectFilteredOrders(reader, parameter, { ...shape, given }, dialect, guide);
  const last = reader.selectFrom('orders as last').where('last.id', '=', parameter('after')).select('last.created_at');
  return orders.where(({ eb, refTuple, tuple }) =>
    eb(refTuple('created_at', 'id'), comparison, tuple(last.$asScalar().$notNull(), parameter('after'))),
  );
}

/** Of each status, the ids that the page can reach. */
function selectIdsByStatus(reader: Reader, parameter: Parameter<PageValues>, shape: PageShape, dialect: Dialect) {
  const direction = shape.sort === 'id' ? 'asc' : 'desc';
  const walks = shape.status.map((status) =>
    reader
      .selectFrom(
        sortOrders(
          chooseIndexColumn(shape),
          selectSlice(reader, parameter, { ...shape, status: [status] }, dialect),
          direction,
        )
          .select('id')
          .limit(parameter('reach'))
          .as(status),
      )
      .select('id'),
  );
  return walks.reduce((all, walk) => all.unionAll(walk));
}
