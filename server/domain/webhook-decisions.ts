// Decides the webhook commands of API clients. Pure functions.

import type { Decision, InputOf } from './commands.ts';
import type { EventDraft } from './event.ts';
import { createInvalidRequestProblem, createNotFoundProblem } from './problem.ts';
import type { CurrentState } from './state.ts';
import {
  createWebhookEvent,
  type DeliveryState,
  describeSettings,
  findChangedSettings,
  type WebhookState,
} from './webhook.ts';

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
  const created = createWebhookEvent(state, webhook.id, initiator, {
    type: 'webhook.created',
    data: describeSettings(webhook),
  });
  return toDecision(webhook, created);
}

/**
 * Edits a webhook. A failing event is skipped if the new types exclude it. Otherwise it is due now if the URL changes.
 */
export function decideEditWebhook(
  state: CurrentState,
  { webhookId, initiator, edit }: InputOf<'webhook.edit'>,
): Decision<'webhook.edit'> {
  const former = requireWebhook(state, webhookId);
  const definedFields = Object.fromEntries(Object.entries(edit).filter(([, value]) => value !== undefined));
  const webhook: WebhookState = { ...former, ...definedFields, updatedAt: state.now };
  const changes = findChangedSettings(former, webhook);
  const events =
    Object.keys(changes).length === 0
      ? []
      : [createWebhookEvent(state, webhookId, initiator, { type: 'webhook.updated', data: { changes } })];
  const failing = findFailingDelivery(state, former);
  if (failing && webhook.types?.every((type) => type !== failing.eventType)) {
    const advanced = advanceTo(failing.position, webhook);
    return { ...toDecision(advanced, ...events), deliveries: [toSkipped(state, failing)] };
  }
  if (webhook.url === former.url) return toDecision(webhook, ...events);
  // An attempt to the former URL may be in progress. Its outcome must not be recorded for the new URL.
  return toDecision({ ...revokeLease(webhook), ...retryNow }, ...events);
}

export function decideDeleteWebhook(
  state: CurrentState,
  { webhookId, initiator }: InputOf<'webhook.delete'>,
): Decision<'webhook.delete'> {
  const data = describeSettings(requireWebhook(state, webhookId));
  const deleted = createWebhookEvent(state, webhookId, initiator, { type: 'webhook.deleted', data });
  return { deletedWebhooks: [webhookId], events: [deleted], result: undefined };
}

export function decidePauseWebhook(
  state: CurrentState,
  { webhookId, initiator }: InputOf<'webhook.pause'>,
): Decision<'webhook.pause'> {
  const webhook = requireWebhook(state, webhookId);
  if (webhook.pauseReason !== null) return { result: webhook };
  const paused = { ...webhook, pauseReason: 'requested', pausedAt: state.now, updatedAt: state.now } as const;
  const content = { type: 'webhook.paused', data: { reason: paused.pauseReason } } as const;
  return toDecision(paused, createWebhookEvent(state, webhookId, initiator, content));
}

/** Resumes at the current position. A failing event is due now and may fail for another 24 h. */
export function decideResumeWebhook(
  state: CurrentState,
  { webhookId, initiator }: InputOf<'webhook.resume'>,
): Decision<'webhook.resume'> {
  const webhook = requireWebhook(state, webhookId);
  if (webhook.pauseReason === null) return { result: webhook };
  const resumed = { ...webhook, ...retryNow, pauseReason: null, pausedAt: null, updatedAt: state.now };
  return toDecision(resumed, createWebhookEvent(state, webhookId, initiator, { type: 'webhook.resumed', data: {} }));
}

/** Skips the events up to `through`. Default: the failing event. */
export function decideSkipEvents(
  state: CurrentState,
  { webhookId, initiator, through }: InputOf<'webhook.skip'>,
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
  const content = { type: 'webhook.events_skipped', data: { through: position } } as const;
  const skipped = createWebhookEvent(state, webhookId, initiator, content);
  return { ...toDecision(advanced, skipped), deliveries: isSkipped ? [toSkipped(state, failing)] : [] };
}

export function decideRotateSecret(
  state: CurrentState,
  { webhookId, initiator, secret }: InputOf<'webhook.rotate-secret'>,
): Decision<'webhook.rotate-secret'> {
  const webhook = requireWebhook(state, webhookId);
  const formerSecretUntil = new Date(Date.parse(state.now) + rotationMs).toISOString();
  const rotated = { ...webhook, secret, formerSecret: webhook.secret, formerSecretUntil, updatedAt: state.now };
  const content = { type: 'webhook.secret_rotated', data: {} } as const;
  return toDecision(rotated, createWebhookEvent(state, webhookId, initiator, content));
}

/** Revokes the lease, because its worker would continue with the skipped events. */
function advanceTo(position: number, webhook: WebhookState): WebhookState {
  return { ...revokeLease(webhook), ...noFailure, position };
}

function revokeLease(webhook: WebhookState): WebhookState {
  return { ...webhook, fence: webhook.fence + 1, leasedUntilMs: null };
}

/** @throws RequestProblem `not-found` */
export function requireWebhook(state: CurrentState, webhookId: number): WebhookState {
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

function toDecision(webhook: WebhookState, ...events: EventDraft[]) {
  return { webhooks: [webhook], events, result: webhook };
}

function invalidThrough(detail: string) {
  return createInvalidRequestProblem([{ pointer: '/through', detail }]);
}
