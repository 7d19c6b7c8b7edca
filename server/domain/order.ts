// The stored state of an order, and its changes: each creates one new version and exactly one event.

import type { Order } from '../../contract/schemas/order.ts';
import type { EventDraft, Initiator, OrderEventContent } from './event.ts';

/** An order as it is stored: the order of the contract without its derived fields. */
export type OrderState = Omit<Order, 'allowedActions'> & {
  /** The ids of the principals that created or edited the order, each once. */
  contributors: string[];
};

export type OrderChange = { orders: [OrderState]; events: [EventDraft] };

/** Returns the first version of a new order and its event. */
export function createFirstVersion(order: OrderState, initiator: Initiator, content: OrderEventContent): OrderChange {
  return { orders: [order], events: [createEvent(order, initiator, content)] };
}

/** Returns the next version of an order, with `fields` changed, and its event. */
export function createNextVersion(
  { now }: { now: string },
  order: OrderState,
  fields: Partial<OrderState>,
  initiator: Initiator,
  content: OrderEventContent,
): OrderChange {
  const next = { ...order, ...fields, version: order.version + 1, updatedAt: now };
  return { orders: [next], events: [createEvent(next, initiator, content)] };
}

function createEvent(order: OrderState, initiator: Initiator, content: OrderEventContent): EventDraft {
  const { id: orderId, version: sequence, updatedAt: timestamp } = order;
  return { ...content, ...initiator, timestamp, orderId, sequence, webhookId: null };
}
