// Reads of the event log.

import type { OrderEvent } from '../../../contract/schemas/events/order-event.ts';
import { createEventSerializer, type SerializedEvent } from '../mapping/event.ts';
import type { RowConverter } from '../mapping/row-converter.ts';
import { type Parameter, preparedPartRead, preparedRead } from '../reads/prepared-read.ts';
import type { Part, Slice } from '../reads/slice.ts';
import type { Store } from '../store.ts';
import { buildFeedQuery, type PositionRange, toFeedShape } from './event-feed.ts';
import type { EventFilter } from './event-filter.ts';

type HistoryValues = { orderId: number; after: number; limit: number; offset: number };

const eventsOfOrder = preparedPartRead(
  (reader, parameter: Parameter<HistoryValues>) =>
    reader
      .selectFrom('events')
      .selectAll()
      .where('order_id', '=', parameter('orderId'))
      .where('sequence', '>', parameter('after'))
      .orderBy('sequence')
      .limit(parameter('limit'))
      .offset(parameter('offset')),
  { converter: createEventSerializer as RowConverter<SerializedEvent<OrderEvent>> },
);

/** Finds the events of an order, oldest first. */
export async function findEventsOfOrder(
  store: Store,
  orderId: number,
  { after = 0, offset, limit, maxBytes }: Slice,
): Promise<Part<SerializedEvent<OrderEvent>>> {
  return eventsOfOrder(store, { orderId, after, offset, limit }, undefined, maxBytes);
}

/** A generic plan would scan the whole log for a rare type. */
const eventsOfFeed = preparedPartRead(buildFeedQuery, {
  dependsOnValues: ({ types, isOfOrder }) => types !== undefined || isOfOrder,
  converter: createEventSerializer,
});

/** Events of a range, oldest first. `isEnd`: no matching event of the range follows them. */
export type EventPart = { events: SerializedEvent[]; isEnd: boolean };

/**
 * Finds the events of a range that match a filter, up to the limits of events and bytes.
 * @param filter undefined: every event of the log, of orders and of webhooks
 * @param maxBytes default: `maxPartBytes`
 */
export async function findEvents(
  store: Store,
  filter: EventFilter | undefined,
  range: PositionRange,
  maxBytes?: number,
): Promise<EventPart> {
  const part = await eventsOfFeed(store, { ...range, orderId: filter?.orderId }, toFeedShape(filter), maxBytes);
  return { events: part.rows, isEnd: !part.isCut && part.rows.length < range.limit };
}

const latestPosition = preparedRead<{ position: number }, object>((reader) =>
  reader.selectFrom('events').select('position').orderBy('position', 'desc').limit(1),
);

/** Returns the position of the latest event; 0 if there is none. */
export async function findHead(store: Store): Promise<number> {
  const [latest] = await latestPosition(store, {});
  return latest?.position ?? 0;
}
