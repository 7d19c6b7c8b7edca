// The filter of the event log.

import type { EventType } from '../../../contract/schemas/events/event.ts';
import { orderEventTypes } from '../../../contract/schemas/events/order-event.ts';
import type { SerializedEvent } from '../mapping/event.ts';

/** Without `types`, all events of orders match. Events of webhooks match only if their types are named. */
export type EventFilter = { types?: readonly EventType[] | undefined; orderId?: number | undefined };

/**
 * Creates the filter for the query parameters `type` and `orderId`. A list of all types of order events is the default.
 */
export function createEventFilter(type: readonly EventType[] | undefined, orderId: number | undefined): EventFilter {
  const types = type === undefined || isDefault(type) ? undefined : type.toSorted();
  return { types, orderId };
}

/** @param types without duplicates */
function isDefault(types: readonly EventType[]): boolean {
  return types.length === orderEventTypes.length && orderEventTypes.every((type) => types.includes(type));
}

/** Whether an event matches a filter. */
export function matchesFilter(
  { types, orderId }: EventFilter,
  event: Pick<SerializedEvent, 'type' | 'orderId'>,
): boolean {
  if (orderId !== undefined && orderId !== event.orderId) return false;
  return types === undefined ? event.orderId !== null : types.includes(event.type);
}
