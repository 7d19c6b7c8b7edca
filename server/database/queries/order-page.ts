// The query of a page of orders. It follows an index in the order of the page and stops at its end, so its cost does
// not grow with the number of orders. Only the orders of one customer may have to be filtered.

import { type Kysely, sql } from 'kysely';
import type { OrderStatus } from '../../../contract/workflow.ts';
import type { Dialect } from '../dialect.ts';
import type { OrderRow } from '../mapping/order.ts';
import type { Parameter } from '../reads/prepared-read.ts';
import type { Slice } from '../reads/slice.ts';
import type { Tables } from '../tables.ts';
import type { OrderFilter, OrderSort } from './order-filter.ts';

/** The values of the query. `reach`: how many rows are read, those of the page and the skipped ones. */
export type PageValues = FilterValues & Slice & { reach: number };
type FilterValues = Omit<OrderFilter, 'status'>;

/** The parts of the filter that change the text of the query. */
type PageShape = FilterShape & { sort: OrderSort; isContinued: boolean };
export type FilterShape = { status: readonly OrderStatus[]; given: readonly (keyof FilterValues)[] };

/** Returns what the text of a filter depends on. */
export function toFilterShape({ status = [], ...values }: OrderFilter): FilterShape {
  const names = Object.keys(values) as (keyof FilterValues)[];
  // Sorted, so that the same statuses in another order share one query.
  return { status: status.toSorted(), given: names.filter((name) => values[name] !== undefined).sort() };
}

/** Whether a filter is set. Its best index then depends on the values. */
export function hasFilter({ status, given }: FilterShape): boolean {
  return status.length + given.length > 0;
}

/** Returns what the text of a page query depends on. */
export function toPageShape(filter: OrderFilter, sort: OrderSort, { after }: Slice): PageShape {
  return { ...toFilterShape(filter), sort, isContinued: after !== undefined };
}

type Reader = Kysely<Tables>;

/** Builds the query of one page of orders. */
export function buildPageQuery(reader: Reader, parameter: Parameter<PageValues>, shape: PageShape, dialect: Dialect) {
  const { sort, status } = shape;
  const direction = sort === 'id' ? 'asc' : 'desc';
  // Each status is read separately, because the index is sorted only within one status.
  const indexColumn = chooseIndexColumn(shape);
  const readsEachStatus = status.length > 1 && (indexColumn === 'status' || indexColumn === 'created_at');
  const orders = readsEachStatus
    ? reader.selectFrom('orders').where('id', 'in', selectIdsByStatus(reader, parameter, shape, dialect))
    : selectSlice(reader, parameter, shape, dialect);
  return sortOrders(indexColumn, orders, direction).selectAll().limit(parameter('limit')).offset(parameter('offset'));
}

/**
 * Selects the orders that match a filter.
 * @param indexColumn the column whose index is followed
 */
export function selectFilteredOrders(
  reader: Reader,
  parameter: Parameter<FilterValues>,
  { status, given }: FilterShape,
  dialect: Dialect,
  indexColumn = chooseIndexColumn({ status, given }),
) {
  // Only the index of the index column is used.
  const column = <Name extends 'status' | 'customer_id' | 'created_at'>(name: Name) =>
    name === indexColumn || (name === 'status' && indexColumn === 'created_at')
      ? sql.ref<OrderRow[Name]>(name)
      : dialect.withoutIndex<OrderRow[Name]>(name);
  let query = reader.selectFrom('orders');
  // With `in`, even for one status, the database would read ranges and sort them.
  const [only, ...others] = status;
  if (only && others.length === 0) query = query.where(column('status'), '=', only);
  else if (only) query = query.where(column('status'), 'in', status);
  if (given.includes('customerId')) query = query.where(column('customer_id'), '=', parameter('customerId'));
  if (given.includes('reference')) query = query.where('reference', '=', parameter('reference'));
  if (given.includes('createdFrom')) query = query.where(column('created_at'), '>=', parameter('createdFrom'));
  if (given.includes('createdTo')) query = query.where(column('created_at'), '<', parameter('createdTo'));
  return query;
}

/** Chooses the most selective of the given columns. */
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

/** Sorts a time range by time, everything else by id. */
function sortOrders(
  indexColumn: ReturnType<typeof chooseIndexColumn>,
  orders: Orders,
  direction: 'asc' | 'desc',
): Orders {
  const sorted = indexColumn === 'created_at' ? orders.orderBy('created_at', direction) : orders;
  return sorted.orderBy('id', direction);
}

/** Selects the matching orders after the end of the previous page. */
function selectSlice(reader: Reader, parameter: Parameter<PageValues>, shape: PageShape, dialect: Dialect) {
  const indexColumn = chooseIndexColumn(shape);
  if (!shape.isContinued) return selectFilteredOrders(reader, parameter, shape, dialect, indexColumn);
  const comparison = shape.sort === 'id' ? '>' : '<';
  if (indexColumn !== 'created_at') {
    return selectFilteredOrders(reader, parameter, shape, dialect, indexColumn).where(
      'id',
      comparison,
      parameter('after'),
    );
  }
  // The last order of the previous page replaces the nearer end of the time range.
  const replacedBound = shape.sort === 'id' ? 'createdFrom' : 'createdTo';
  const given = shape.given.filter((name) => name !== replacedBound);
  const orders = selectFilteredOrders(reader, parameter, { ...shape, given }, dialect, indexColumn);
  const last = reader.selectFrom('orders as last').where('last.id', '=', parameter('after')).select('last.created_at');
  return orders.where(({ eb, refTuple, tuple }) =>
    eb(refTuple('created_at', 'id'), comparison, tuple(last.$asScalar().$notNull(), parameter('after'))),
  );
}

/** Selects, for each status, the ids that the page can reach. */
function selectIdsByStatus(reader: Reader, parameter: Parameter<PageValues>, shape: PageShape, dialect: Dialect) {
  const direction = shape.sort === 'id' ? 'asc' : 'desc';
  const selections = shape.status.map((status) =>
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
  return selections.reduce((all, selection) => all.unionAll(selection));
}
