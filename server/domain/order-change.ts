// How an order changes: one new version and the one event that tells of it, always together.

import type { Actor } from '../../contract/actor.ts';
import type { EventData, EventType } from '../../contract/event.ts';
import type { CurrentState, EventDraft, OrderState } from './state.ts';

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
export type EventContent = { [Type in EventType]: { type: Type; data: EventData<Type> } }[EventType];

export type OrderChange = { orders: [OrderState]; events: [EventDraft] };

/** A new order, in its first version, and the event that tells of it. */
export function createFirstVersion(order: OrderState, initiator: Initiator, happening: EventContent): OrderChange {
  return { orders: [order], events: [createEvent(order, initiator, happening)] };
}

/** The next version of an order, with `fields` changed, and the event that tells of it. */
export function createNextVersion(
  state: CurrentState,
  order: OrderState,
  fields: Partial<OrderState>,
  initiator: Initiator,
  happening: EventContent,
): OrderChange {
  const next = { ...order, ...fields, version: order.version + 1, updatedAt: state.now };
  return { orders: [next], events: [createEvent(next, initiator, happening)] };
}

function createEvent(order: OrderState, { actor, requestId, address }: Initiator, happening: EventContent): EventDraft {
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
