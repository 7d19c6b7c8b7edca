// Decides the commands that request a delivery: tests and redeliveries. Pure functions.

import type { Decision, InputOf } from './commands.ts';
import { createNotFoundProblem } from './problem.ts';
import type { CurrentState } from './state.ts';
import type { DeliveryState } from './webhook.ts';
import { requireWebhook } from './webhook-decisions.ts';

export function decideTestDelivery(
  state: CurrentState,
  { webhookId, eventId }: InputOf<'webhook.test'>,
): Decision<'webhook.test'> {
  requireWebhook(state, webhookId);
  const message = { kind: 'test', eventId, eventType: 'webhook.test', position: null } as const;
  return requestDelivery(state, { webhookId, ...message });
}

export function decideRedelivery(
  state: CurrentState,
  { webhookId, deliveryId }: InputOf<'webhook.redeliver'>,
): Decision<'webhook.redeliver'> {
  requireWebhook(state, webhookId);
  const delivery = state.delivery(deliveryId);
  if (delivery?.webhookId !== webhookId)
    throw createNotFoundProblem(`Webhook ${webhookId} has no delivery ${deliveryId}`);
  const { eventId, eventType, position } = delivery;
  const kind = delivery.kind === 'test' ? 'test' : 'redelivery';
  return requestDelivery(state, { webhookId, kind, eventId, eventType, position });
}

type Message = Pick<DeliveryState, 'webhookId' | 'kind' | 'eventId' | 'eventType' | 'position'>;

function requestDelivery(state: CurrentState, message: Message): Decision<'webhook.test'> {
  const delivery = createDelivery(state.nextId('delivery'), state.now, { ...message, nextAttemptAt: state.now });
  return { deliveries: [delivery], result: delivery };
}

/** Creates a pending delivery without attempts. */
export function createDelivery(
  id: number,
  createdAt: string,
  { webhookId, kind, eventId, eventType, position, nextAttemptAt }: Message & Pick<DeliveryState, 'nextAttemptAt'>,
): DeliveryState {
  return {
    id,
    webhookId,
    kind,
    state: 'pending',
    eventId,
    eventType,
    position,
    attempts: [],
    nextAttemptAt,
    createdAt,
    finishedAt: null,
  };
}
