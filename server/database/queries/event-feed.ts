// The query of a part of the log: it walks along an index in the order of the log, and stops at its end. What that
// takes does not grow with the log; only within the events of one order may it have to pass over some.

import type { Kysely } from 'kysely';
import type { EventType } from '../../../contract/event.ts';
import type { Dialect } from '../dialect.ts';
import type { Parameter } from '../prepared-read.ts';
import type { Tables } from '../tables.ts';
import type { EventFilter } from './event-filter.ts';

/** A part of the log: the first `limit` events after one position, up to and including another. */
export type PositionRange = { after: number; upTo: number; limit: number };

type FeedValues = PositionRange & { orderId: number | undefined };

/** What the text of the query depends on. */
type FeedShape = { types: readonly EventType[] | undefined; isOfOrder: boolean };

export function toFeedShape({ types, orderId }: EventFilter): FeedShape {
  return { types, isOfOrder: orderId !== undefined };
}

type Reader = Kysely<Tables>;

/** The events of a part of the log, oldest first. `types`, where given, are sorted. */
export function buildFeedQuery(
  reader: Reader,
  parameter: Parameter<FeedValues>,
  { types, isOfOrder }: FeedShape,
  dialect: Dialect,
) {
  if (isOfOrder) return selectEventsOfOrder(reader, parameter, types, dialect);
  if (types === undefined) return selectSlice(reader, parameter).selectAll();
  const [first] = types;
  // A list, even of one, would be taken for several walks that have to be sorted.
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

/** Those of an order come in the order of the log. */
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

/** Of each type, the positions that the part can reach: the events of several types come from as many walks. */
function selectPositionsByType(reader: Reader, parameter: Parameter<FeedValues>, types: readonly EventType[]) {
  const walks = types.map((type) =>
    reader
      .selectFrom(selectSlice(reader, parameter).where('type', '=', type).select('position').as(type))
      .select('position'),
  );
  return walks.reduce((all, walk) => all.unionAll(walk));
}
