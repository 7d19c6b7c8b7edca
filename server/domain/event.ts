// Events before they are appended to the log, and the initiator that is recorded with them.

import type { Actor } from '../../contract/schemas/actor.ts';
import type { OrderEventData, OrderEventType } from '../../contract/schemas/events/order-event.ts';
import type { WebhookEventData, WebhookEventType } from '../../contract/schemas/events/webhook-event.ts';

/** Who caused a command, and in which request. Recorded with every event of the command. */
export type Initiator = {
  actor: Actor;
  requestId: string | null;
  /** The request id that the client chose. It identifies nothing: other requests can have the same. */
  clientRequestId: string | null;
  /** The client's network address. */
  address: string | null;
};

/** The initiator of the results of validations. */
export const systemInitiator = createSystemInitiator('validation');
/** The initiator of changes that follow from the responses of a receiver. */
export const deliveryInitiator = createSystemInitiator('delivery');

function createSystemInitiator(id: string): Initiator {
  return { actor: { type: 'system', id }, requestId: null, clientRequestId: null, address: null };
}

/** The type of an event of an order and its data. */
export type OrderEventContent = {
  [Type in OrderEventType]: { type: Type; data: OrderEventData<Type> };
}[OrderEventType];

/** The type of an event of a webhook and its data. */
export type WebhookEventContent = {
  [Type in WebhookEventType]: { type: Type; data: WebhookEventData<Type> };
}[WebhookEventType];

/** The subject of an event: a version of an order, or a webhook. `sequence`: the version that the event created. */
type OfOrder = OrderEventContent & { orderId: number; sequence: number; webhookId: null };
type OfWebhook = WebhookEventContent & { orderId: null; sequence: null; webhookId: number };

/** An event before the log assigns its id and position. `timestamp`: RFC 3339, UTC, milliseconds. */
export type EventDraft = Initiator & { timestamp: string } & (OfOrder | OfWebhook);
