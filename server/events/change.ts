// How an order changes: one new version and the one event that tells of it, always together.

import type { Actor } from '../../contract/actor.ts';
import type { EventData, EventType } from '../../contract/event.ts';
import type { EventDraft, OrderState, State } from '../store/state.ts';

/** Who caused a command, and in which request. It is kept with everything that the command changes. */
export type Origin = { actor: Actor; requestId: string | null };

/** The service itself, where nobody asked. */
export const systemOrigin: Origin = { actor: { type: 'system', id: 'validation' }, requestId: null };

/** An event as a command tells it. */
export type Happening = { [Type in EventType]: { type: Type; data: EventData<Type> } }[EventType];

export type OrderChange = { orders: [OrderState]; events: [EventDraft] };

/** The next version of an order with `fields` changed, and its event. */
export function changeOrder(
  state: State,
  order: OrderState,
  fields: Partial<OrderState>,
  origin: Origin,
  happening: Happening,
): OrderChange {
  return orderChange({ ...order, ...fields, version: order.version + 1, updatedAt: state.now }, origin, happening);
}

/** An order in a version that is new, and its event. */
export function orderChange(order: OrderState, { actor, requestId }: Origin, happening: Happening): OrderChange {
  const event = {
    ...happening,
    timestamp: order.updatedAt,
    orderId: order.id,
    sequence: order.version,
    actor,
    requestId,
  };
  return { orders: [order], events: [event] };
}
