// Events as they are answered, written out from their rows.

import type { Selectable } from 'kysely';
import type { Event, EventType } from '../../../contract/event.ts';
import { JsonText } from '../../shared/json-text.ts';
import type { EventRow } from '../tables.ts';

/** An event that is written out, and what has to be known of it besides. */
export type SerializedEvent = {
  id: string;
  position: number;
  /** Its place among the events of its order. */
  sequence: number;
  type: EventType;
  orderId: number;
  json: JsonText<Event>;
};

/** Writes an event out. Its place among the events of its order is the version that it has made. */
export function serializeEvent(row: Selectable<EventRow>): SerializedEvent {
  const { id, position, sequence, type, order_id: orderId } = row;
  const text =
    `{"id":"${id}","position":${position},"type":"${type}","timestamp":"${row.timestamp}",` +
    `"orderId":${orderId},"sequence":${sequence},"orderVersion":${sequence},` +
    `"actor":${JSON.stringify({ type: row.actor_type, id: row.actor_id })},` +
    `"requestId":${JSON.stringify(row.request_id)},"data":${row.data}}`;
  return { id, position, sequence, type, orderId, json: new JsonText(text) };
}
