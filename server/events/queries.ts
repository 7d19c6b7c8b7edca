// Reads of the log.

import type { Selectable } from 'kysely';
import type { Event } from '../../contract/event.ts';
import { JsonText } from '../store/json-text.ts';
import { preparedRead } from '../store/prepared-read.ts';
import type { Slice } from '../store/slice.ts';
import type { Store } from '../store/store.ts';
import type { EventRow } from '../store/tables.ts';

/** An event that is written out, and its place among the events of its order. */
export type WrittenEvent = { sequence: number; json: JsonText<Event> };

type HistoryValues = { orderId: number; after: number; limit: number; offset: number };

const eventsOfOrder = preparedRead<Selectable<EventRow>, HistoryValues>((reader, parameter) =>
  reader
    .selectFrom('events')
    .selectAll()
    .where('order_id', '=', parameter('orderId'))
    .where('sequence', '>', parameter('after'))
    .orderBy('sequence')
    .limit(parameter('limit'))
    .offset(parameter('offset')),
);

/** The events of an order, oldest first. */
export async function findEventsOfOrder(
  store: Store,
  orderId: number,
  { after = 0, offset, limit }: Slice,
): Promise<WrittenEvent[]> {
  const rows = await eventsOfOrder(store, { orderId, after, offset, limit });
  return rows.map(writtenEvent);
}

/** Writes an event out. Its place among the events of its order is the version that it has made. */
function writtenEvent(row: Selectable<EventRow>): WrittenEvent {
  const { sequence } = row;
  const text =
    `{"id":"${row.id}","position":${row.position},"type":"${row.type}","timestamp":"${row.timestamp}",` +
    `"orderId":${row.order_id},"sequence":${sequence},"orderVersion":${sequence},` +
    `"actor":${JSON.stringify({ type: row.actor_type, id: row.actor_id })},` +
    `"requestId":${JSON.stringify(row.request_id)},"data":${row.data}}`;
  return { sequence, json: new JsonText(text) };
}
