// The mapping of events: columns, the row of a new event, and the JSON text that clients receive.

import type { Event, EventType } from '../../../contract/schemas/events/event.ts';
import type { OrderEvent } from '../../../contract/schemas/events/order-event.ts';
import type { EventDraft } from '../../domain/event.ts';
import { JsonText } from '../../shared/json-text.ts';
import { createMapping } from './mapping.ts';
import { findColumn, type RowConverter } from './row-converter.ts';

/** An event as one flat record: its actor takes two columns. */
type EventRecord = {
  position: number;
  id: string;
  type: EventType;
  timestamp: string;
  /** An event is either of an order or of a webhook. */
  orderId: number | null;
  sequence: number | null;
  webhookId: number | null;
  actorType: EventDraft['actor']['type'];
  actorId: string;
  requestId: string | null;
  clientRequestId: string | null;
  address: string | null;
  data: Event['data'];
};

export const eventMapping = createMapping<EventRecord>()({
  position: { name: 'position', kind: 'integer' },
  id: { name: 'id', kind: 'text' },
  type: { name: 'type', kind: 'text' },
  timestamp: { name: 'timestamp', kind: 'time' },
  orderId: { name: 'order_id', kind: 'integer', isNullable: true },
  sequence: { name: 'sequence', kind: 'integer', isNullable: true },
  webhookId: { name: 'webhook_id', kind: 'integer', isNullable: true },
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
    webhook_id: draft.webhookId,
    actor_type: draft.actor.type,
    actor_id: draft.actor.id,
    request_id: draft.requestId,
    client_request_id: draft.clientRequestId,
    address: draft.address,
    data: JSON.stringify(draft.data),
  };
}

/** An event as JSON text, with the fields that are needed without parsing it. */
export type SerializedEvent<Kind extends Event = Event> = {
  id: string;
  position: number;
  type: Kind['type'];
  orderId: Kind['orderId'];
  /** Counts the events of an order without gaps. */
  sequence: Kind['sequence'];
  json: JsonText<Kind>;
};

/** Serializes events from their rows; stored JSON is copied and not parsed. */
export const createEventSerializer: RowConverter<SerializedEvent> = (columns) => {
  const at = (name: keyof EventRow) => findColumn(columns, name);
  const [id, position, type, timestamp, data] = [at('id'), at('position'), at('type'), at('timestamp'), at('data')];
  const [order, sequence, webhook] = [at('order_id'), at('sequence'), at('webhook_id')];
  const [actorType, actorId] = [at('actor_type'), at('actor_id')];
  const [request, clientRequest] = [at('request_id'), at('client_request_id')];
  return (values) => {
    const webhookMember = values[webhook] === null ? '' : `"webhookId":${values[webhook]},`;
    const text =
      `{"id":"${values[id]}","position":${values[position]},"type":"${values[type]}",` +
      `"timestamp":"${values[timestamp]}","orderId":${values[order]},"sequence":${values[sequence]},` +
      `"orderVersion":${values[sequence]},${webhookMember}` +
      `"actor":{"type":"${values[actorType]}","id":${JSON.stringify(values[actorId])}},` +
      `"requestId":${JSON.stringify(values[request])},` +
      `"clientRequestId":${JSON.stringify(values[clientRequest])},"data":${values[data]}}`;
    return {
      id: values[id] as string,
      position: values[position] as number,
      sequence: values[sequence] as SerializedEvent['sequence'],
      type: values[type] as EventType,
      orderId: values[order] as SerializedEvent['orderId'],
      json: new JsonText(text),
    };
  };
};

/** Whether an event is of an order. */
export function isOrderEvent(event: SerializedEvent): event is SerializedEvent<OrderEvent> {
  return event.orderId !== null;
}
