// How an order changes: one new version and the one event that tells of it, always together.

import type { Actor } from '../../contract/actor.ts';
import type { EventData, EventType } from '../../contract/event.ts';
import type { EventDraft, OrderState, State } from './state.ts';

/** Who caused a command, and in which request. It is kept with everything that the command changes. */
export type Initiator = {
  actor: Actor;
  requestId: string | null;
  /** The network address that the request came from. */
  address: string | null;
};

/** The service itself, where nobody asked. */
export const systemInitiator: Initiator = {
  actor: { type: 'system', id: 'validation' },
  requestId: null,
  address: null,
};

/** An event as a command tells it. */
export type Happening = { [Type in EventType]: { type: Type; data: EventData<Type> } }[EventType];

export type OrderChange = { orders: [OrderState]; events: [EventDraft] };

/** A new order, in its first version, and the event that tells of it. */
export function firstVersion(order: OrderState, initiator: Initiator, happening: Happening): OrderChange {
  return { orders: [order], events: [eventOf(order, initiator, happening)] };
}

/** The next version of an order, with `fields` changed, and the event that tells of it. */
export function nextVersion(
  state: State,
  order: OrderState,
  fields: Partial<OrderState>,
  initiator: Initiator,
  happening: Happening,
): OrderChange {
  const next = { ...order, ...fields, version: order.version + 1, updatedAt: state.now };
  return { orders: [next], events: [eventOf(next, initiator, happening)] };
}

function eventOf(order: OrderState, { actor, requestId, address }: Initiator, happening: Happening): EventDraft {
  return {
    ...happening,
    timestamp: order.updatedAt,
    orderId: order.id,
    sequence: order.version,
    actor,
    requestId,
    address,
  };
}
