// Decides the webhook commands of API clients. Pure functions.

import type { Decision, InputOf } from './commands.ts';
import { createInvalidRequestProblem, createNotFoundProblem } from './problem.ts';
import type { CurrentState } from './state.ts';
import type { DeliveryState, WebhookState } from './webhook.ts';

/** How long deliveries are also signed with the previous secret after a rotation, in milliseconds. */
const rotationMs = 24 * 3_600_000;

/** Fields of a webhook: the next event is due now and may fail for another 24 h. */
const retryNow = { failures: 0, failingSince: null, dueAtMs: 0 } as const;

/** Fields of a webhook: the next event has not been attempted. */
export const noFailure = { ...retryNow, failingDeliveryId: null } as const;

export function decideCreateWebhook(
  state: CurrentState,
  { initiator, webhook: content, secret }: InputOf<'webhook.create'>,
): Decision<'webhook.create'> {
  const webhook: WebhookState = {
    id: state.nextId('webhook'),
    ...content,
    secret,
    formerSecret: null,
    formerSecretUntil: null,
    pauseReason: null,
    pausedAt: null,
    position: state.head,
    ...noFailure,
    fence: 0,
    leasedUntilMs: null,
    createdBy: initiator.actor.id,
    createdAt: state.now,
    updatedAt: state.now,
  };
  return toDecision(webhook);
}

/**
 * Edits a webhook. A failing event is skipped if the new types exclude it. Otherwise it is due now if the URL changes.
 */
export function decideEditWebhook(
  state: CurrentState,
  { webhookId, edit }: InputOf<'webhook.edit'>,
): Decision<'webhook.edit'> {
  const former = requireWebhook(state, webhookId);
  const definedFields = Object.fromEntries(Object.entries(edit).filter(([, value]) => value !== undefined));
  const webhook: WebhookState = { ...former, ...definedFields, updatedAt: state.now };
  const failing = findFailingDelivery(state, former);
  if (failing && webhook.types?.every((type) => type !== failing.eventType)) {
    const advanced = advanceTo(failing.position, webhook);
    return { ...toDecision(advanced), deliveries: [toSkipped(state, failing)] };
  }
  if (webhook.url === former.url) return toDecision(webhook);
  // An attempt to the former URL may be in progress. Its outcome must not be recorded for the new URL.
  return toDecision({ ...revokeLease(webhook), ...retryNow });
}

export function decideDeleteWebhook(
  state: CurrentState,
  { webhookId }: InputOf<'webhook.delete'>,
): Decision<'webhook.delete'> {
  requireWebhook(state, webhookId);
  return { deletedWebhooks: [webhookId], result: undefined };
}

export function decidePauseWebhook(
  state: CurrentState,
  { webhookId }: InputOf<'webhook.pause'>,
): Decision<'webhook.pause'> {
  const webhook = requireWebhook(state, webhookId);
  if (webhook.pauseReason !== null) return { result: webhook };
  return toDecision({ ...webhook, pauseReason: 'requested', pausedAt: state.now, updatedAt: state.now });
}

/** Resumes at the current position. A failing event is due now and may fail for another 24 h. */
export function decideResumeWebhook(
  state: CurrentState,
  { webhookId }: InputOf<'webhook.resume'>,
): Decision<'webhook.resume'> {
  const webhook = requireWebhook(state, webhookId);
  if (webhook.pauseReason === null) return { result: webhook };
  return toDecision({ ...webhook, ...retryNow, pauseReason: null, pausedAt: null, updatedAt: state.now });
}

/** Skips the events up to `through`. Default: the failing event. */
export function decideSkipEvents(
  state: CurrentState,
  { webhookId, through }: InputOf<'webhook.skip'>,
): Decision<'webhook.skip'> {
  const webhook = requireWebhook(state, webhookId);
  const failing = findFailingDelivery(state, webhook);
  const position = through ?? failing?.position;
  if (position === undefined) throw invalidThrough('is required: no event is failing');
  if (position <= webhook.position)
    throw invalidThrough(`must be greater than ${webhook.position}, the position of the webhook`);
  if (position > state.head) throw invalidThrough(`must not be greater than ${state.head}, the head of the log`);
  const advanced = advanceTo(position, { ...webhook, updatedAt: state.now });
  const isSkipped = failing && failing.position <= position;
  return { ...toDecision(advanced), deliveries: isSkipped ? [toSkipped(state, failing)] : [] };
}

export function decideRotateSecret(
  state: CurrentState,
  { webhookId, secret }: InputOf<'webhook.rotate-secret'>,
): Decision<'webhook.rotate-secret'> {
  const webhook = requireWebhook(state, webhookId);
  const formerSecretUntil = new Date(Date.parse(state.now) + rotationMs).toISOString();
  return toDecision({ ...webhook, secret, formerSecret: webhook.secret, formerSecretUntil, updatedAt: state.now });
}

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

/** Revokes the lease, because its worker would continue with the skipped events. */
function advanceTo(position: number, webhook: WebhookState): WebhookState {
  return { ...revokeLease(webhook), ...noFailure, position };
}

function revokeLease(webhook: WebhookState): WebhookState {
  return { ...webhook, fence: webhook.fence + 1, leasedUntilMs: null };
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

/** @throws RequestProblem `not-found` */
function requireWebhook(state: CurrentState, webhookId: number): WebhookState {
  const webhook = state.webhook(webhookId);
  if (!webhook) throw createNotFoundProblem(`Webhook ${webhookId} does not exist`);
  return webhook;
}

/** Returns the delivery of the next event; undefined before its first failed attempt. */
export function findFailingDelivery(
  state: CurrentState,
  { failingDeliveryId }: WebhookState,
): (DeliveryState & { position: number }) | undefined {
  const delivery = failingDeliveryId === null ? undefined : state.delivery(failingDeliveryId);
  return delivery?.position == null ? undefined : { ...delivery, position: delivery.position };
}

/** Returns the delivery in the state `skipped`, without a next attempt. */
export function toSkipped(state: CurrentState, delivery: DeliveryState): DeliveryState {
  return { ...delivery, state: 'skipped', nextAttemptAt: null, finishedAt: state.now };
}

function toDecision(webhook: WebhookState): { webhooks: [WebhookState]; result: WebhookState } {
  return { webhooks: [webhook], result: webhook };
}

function invalidThrough(detail: string) {
  return createInvalidRequestProblem([{ pointer: '/through', detail }]);
}
