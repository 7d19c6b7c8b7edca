// The query of a range of the log. It follows an index in the order of the log and stops at the limit, so its cost does
// not grow with the log. Of one order, it reads the events in order and filters them by position and type.

import type { Kysely } from 'kysely';
import type { EventType } from '../../../contract/schemas/events/event.ts';
import type { Dialect } from '../dialect.ts';
import type { Parameter } from '../reads/prepared-read.ts';
import type { Tables } from '../tables.ts';
import type { EventFilter } from './event-filter.ts';

/** A range of the log: the first `limit` events after one position, up to and including another. */
export type PositionRange = { after: number; upTo: number; limit: number };

type FeedValues = PositionRange & { orderId: number | undefined };

/** The parts of the filter that change the text of the query. */
type FeedShape = { types: readonly EventType[] | undefined; isOfOrder: boolean; isComplete: boolean };

/** @param filter undefined: every event of the log, of orders and of webhooks */
export function toFeedShape(filter: EventFilter | undefined): FeedShape {
  return { types: filter?.types, isOfOrder: filter?.orderId !== undefined, isComplete: filter === undefined };
}

type Reader = Kysely<Tables>;

/** Builds the query for the events of a range, oldest first. `types` must be sorted. */
export function buildFeedQuery(
  reader: Reader,
  parameter: Parameter<FeedValues>,
  { types, isOfOrder, isComplete }: FeedShape,
  dialect: Dialect,
) {
  if (isOfOrder) return selectEventsOfOrder(reader, parameter, types, dialect);
  if (isComplete) return selectSlice(reader, parameter).selectAll();
  // Events of webhooks are few, so this reads hardly more than the limit.
  if (types === undefined) return selectSlice(reader, parameter).selectAll().where('order_id', 'is not', null);
  const [first] = types;
  // With `in`, even for one type, the database would read ranges and sort them.
  if (first && types.length === 1) return selectSlice(reader, parameter).selectAll().where('type', '=', first);
  return reader
    .selectFrom('events')
    .selectAll()
    .where('position', 'in', selectPositionsByType(reader, parameter, types))
    .orderBy('position')
    .limit(parameter('limit'));
}

function selectSlice(reader: Reader, parameter: Parameter<FeedValues>) {
  return reader
    .selectFrom('events')
    .where('position', '>', parameter('after'))
    .where('position', '<=', parameter('upTo'))
    .orderBy('position')
    .limit(parameter('limit'));
}

/** The events of an order are sorted by sequence, which follows the log. */
function selectEventsOfOrder(
  reader: Reader,
  parameter: Parameter<FeedValues>,
  types: readonly EventType[] | undefined,
  { withoutIndex }: Dialect,
) {
  const query = reader
    .selectFrom('events')
    .selectAll()
    .where('order_id', '=', parameter('orderId'))
    .where(withoutIndex<number>('position'), '>', parameter('after'))
    .where(withoutIndex<number>('position'), '<=', parameter('upTo'))
    .orderBy('sequence')
    .limit(parameter('limit'));
  return types === undefined ? query : query.where(withoutIndex<EventType>('type'), 'in', types);
}

/** Selects, for each type, the positions that the range can reach. */
function selectPositionsByType(reader: Reader, parameter: Parameter<FeedValues>, types: readonly EventType[]) {
  const selections = types.map((type) =>
    reader
      .selectFrom(selectSlice(reader, parameter).where('type', '=', type).select('position').as(type))
      .select('position'),
  );
  return selections.reduce((all, selection) => all.unionAll(selection));
}
