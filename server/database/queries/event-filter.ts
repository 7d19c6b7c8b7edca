// What readers of the log can narrow it by.

import { type EventType, eventTypes } from '../../../contract/event.ts';

/** Absent narrows nothing. */
export type EventFilter = { types?: readonly EventType[] | undefined; orderId?: number | undefined };

/** The filter that lets through what `type` and `orderId` of a query name. All types are as good as none. */
export function createEventFilter(type: readonly EventType[] | undefined, orderId: number | undefined): EventFilter {
  const types = type === undefined || type.length === eventTypes.length ? undefined : type.toSorted();
  return { types, orderId };
}

/** Whether a filter lets an event through. */
export function matchesFilter({ types, orderId }: EventFilter, event: { type: EventType; orderId: number }): boolean {
  return (orderId === undefined || orderId === event.orderId) && (types === undefined || types.includes(event.type));
}
