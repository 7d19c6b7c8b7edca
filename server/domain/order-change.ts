// A change of an order: one new version and exactly one event.

import type { EventContent, EventDraft, Initiator } from './event.ts';
import type { OrderState } from './order.ts';
import type { CurrentState } from './state.ts';

export type OrderChange = { orders: [OrderState]; events: [EventDraft] };

/** Returns the first version of a new order and its event. */
export function createFirstVersion(order: OrderState, initiator: Initiator, content: EventContent): OrderChange {
  return { orders: [order], events: [createEvent(order, initiator, content)] };
}

/** Returns the next version of an order, with `fields` changed, and its event. */
export function createNextVersion(
  state: CurrentState,
  order: OrderState,
  fields: Partial<OrderState>,
  initiator: Initiator,
  content: EventContent,
): OrderChange {
  const next = { ...order, ...fields, version: order.version + 1, updatedAt: state.now };
  return { orders: [next], events: [createEvent(next, initiator, content)] };
}

function createEvent(order: OrderState, { actor, requestId, address }: Initiator, content: EventContent): EventDraft {
  return {
    ...content,
    timestamp: order.updatedAt,
    orderId: order.id,
    sequence: order.version,
    actor,
    requestId,
    address,
  };
}
