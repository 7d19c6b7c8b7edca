// The mapping of events: columns, the row of a new event, and the JSON text that clients receive.

import type { Event, EventData, EventType } from '../../../contract/schemas/event.ts';
import type { EventDraft } from '../../domain/event.ts';
import { JsonText } from '../../shared/json-text.ts';
import { createMapping } from './mapping.ts';

/** An event as one flat record: its actor takes two columns. */
type EventRecord = {
  position: number;
  id: string;
  type: EventType;
  timestamp: string;
  orderId: number;
  sequence: number;
  actorType: EventDraft['actor']['type'];
  actorId: string;
  requestId: string | null;
  clientRequestId: string | null;
  address: string | null;
  data: EventData<EventType>;
};

export const eventMapping = createMapping<EventRecord>()({
  position: { name: 'position', kind: 'integer' },
  id: { name: 'id', kind: 'text' },
  type: { name: 'type', kind: 'text' },
  timestamp: { name: 'timestamp', kind: 'time' },
  orderId: { name: 'order_id', kind: 'integer' },
  sequence: { name: 'sequence', kind: 'integer' },
  actorType: { name: 'actor_type', kind: 'text' },
  actorId: { name: 'actor_id', kind: 'text' },
  requestId: { name: 'request_id', kind: 'text', isNullable: true },
  clientRequestId: { name: 'client_request_id', kind: 'text', isNullable: true },
  address: { name: 'address', kind: 'text', isNullable: true },
  data: { name: 'data', kind: 'json' },
});

export type EventRow = Parameters<typeof eventMapping.toRecord>[0];

/** Returns the row of a new event, whose position the database assigns. */
export function toNewEventRow(draft: EventDraft, id: string): Omit<EventRow, 'position'> {
  return {
    id,
    type: draft.type,
    timestamp: draft.timestamp,
    order_id: draft.orderId,
    sequence: draft.sequence,
    actor_type: draft.actor.type,
    actor_id: draft.actor.id,
    request_id: draft.requestId,
    client_request_id: draft.clientRequestId,
    address: draft.address,
    data: JSON.stringify(draft.data),
  };
}

/** An event as JSON text, with the fields that are needed without parsing it. */
export type SerializedEvent = {
  id: string;
  position: number;
  /** Counts the events of the order without gaps. */
  sequence: number;
  type: EventType;
  orderId: number;
  json: JsonText<Event>;
};

/** Serializes an event from its row; stored JSON is copied and not parsed. */
export function serializeEvent(row: EventRow): SerializedEvent {
  const { id, position, sequence, type, order_id: orderId } = row;
  const text =
    `{"id":"${id}","position":${position},"type":"${type}","timestamp":"${row.timestamp}",` +
    `"orderId":${orderId},"sequence":${sequence},"orderVersion":${sequence},` +
    `"actor":${JSON.stringify({ type: row.actor_type, id: row.actor_id })},` +
    `"requestId":${JSON.stringify(row.request_id)},` +
    `"clientRequestId":${JSON.stringify(row.client_request_id)},"data":${row.data}}`;
  return { id, position, sequence, type, orderId, json: new JsonText(text) };
}
