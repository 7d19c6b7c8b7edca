// The filter of the event log.

import { type EventType, eventTypes } from '../../../contract/schemas/event.ts';

/** An absent member does not filter. */
export type EventFilter = { types?: readonly EventType[] | undefined; orderId?: number | undefined };

/** Creates the filter for the query parameters `type` and `orderId`. A list of all types does not filter. */
export function createEventFilter(type: readonly EventType[] | undefined, orderId: number | undefined): EventFilter {
  const types = type === undefined || type.length === eventTypes.length ? undefined : type.toSorted();
  return { types, orderId };
}

/** Whether an event matches a filter. */
export function matchesFilter({ types, orderId }: EventFilter, event: { type: EventType; orderId: number }): boolean {
  return (orderId === undefined || orderId === event.orderId) && (types === undefined || types.includes(event.type));
}
