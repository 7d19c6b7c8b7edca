// Decides the commands of delivery workers. Pure functions. A command counts only if its fence is current.

import { maxStoredAttempts } from '../../contract/schemas/delivery.ts';
import type { Decision, InputOf } from './commands.ts';
import { deliveryInitiator, type EventDraft } from './event.ts';
import { createDelivery } from './requested-deliveries.ts';
import type { CurrentState } from './state.ts';
import { clockToleranceMs, createWebhookEvent, type DeliveryState, type WebhookState } from './webhook.ts';
import type { AttemptOutcome, AttemptRecord, DeliverySubject, LeaseKey } from './webhook-commands.ts';
import { findFailingDelivery, noFailure, toSkipped } from './webhook-decisions.ts';

/** Claims a webhook, unless its lease is valid. Increases the fence. */
export function decideClaimWebhook(
  state: CurrentState,
  { webhookId, leaseMs }: InputOf<'webhook.claim'>,
): Decision<'webhook.claim'> {
  const webhook = state.webhook(webhookId);
  const nowMs = Date.parse(state.now);
  if (!webhook || isLeased(webhook, nowMs, leaseMs)) return { result: undefined };
  const claimed = { ...webhook, fence: webhook.fence + 1, leasedUntilMs: nowMs + leaseMs };
  return { webhooks: [claimed], result: claimed };
}

/**
 * Whether the lease is valid. The clock of the node that wrote the lease may be ahead by the tolerance. A lease that
 * ends even later was written before the clock was set back, and counts as expired.
 */
function isLeased({ leasedUntilMs }: WebhookState, nowMs: number, leaseMs: number): boolean {
  return leasedUntilMs !== null && leasedUntilMs > nowMs && leasedUntilMs <= nowMs + leaseMs + clockToleranceMs;
}

export function decideRenewWebhook(
  state: CurrentState,
  { leaseMs, ...key }: InputOf<'webhook.renew'>,
): Decision<'webhook.renew'> {
  const webhook = findLeasedWebhook(state, key);
  if (!webhook) return { result: undefined };
  const renewed = { ...webhook, leasedUntilMs: Date.parse(state.now) + leaseMs };
  return { webhooks: [renewed], result: renewed };
}

export function decideReleaseWebhook(
  state: CurrentState,
  key: InputOf<'webhook.release'>,
): Decision<'webhook.release'> {
  const webhook = findLeasedWebhook(state, key);
  return { webhooks: webhook ? [{ ...webhook, leasedUntilMs: null }] : [], result: undefined };
}

/** Records attempts in order, each with its delivery and the progress of the webhook. */
export function decideRecordAttempts(
  state: CurrentState,
  { attempts, ...key }: InputOf<'webhook.record'>,
): Decision<'webhook.record'> {
  let webhook = findLeasedWebhook(state, key);
  if (!webhook) return { result: undefined };
  const deliveries: DeliveryState[] = [];
  let createdCount = 0;
  for (const record of attempts) {
    const existing = findExistingDelivery(state, webhook, record.subject);
    const delivery = existing ?? createEventDelivery(state, webhook, record, createdCount);
    if (!delivery) continue;
    if (!existing) createdCount += 1;
    const step = applyAttempt(state, webhook, record, delivery);
    deliveries.push(step.delivery);
    webhook = step.webhook;
  }
  return { webhooks: [webhook], deliveries, events: createPauseEvents(state, key, webhook), result: webhook };
}

/** Returns the event of a pause that the attempts caused. */
function createPauseEvents(
  state: CurrentState,
  { webhookId }: LeaseKey,
  { pauseReason: reason }: WebhookState,
): EventDraft[] {
  if (reason === null || state.webhook(webhookId)?.pauseReason !== null) return [];
  return [createWebhookEvent(state, webhookId, deliveryInitiator, { type: 'webhook.paused', data: { reason } })];
}

/** Returns undefined if the lease is lost. */
function findLeasedWebhook(state: CurrentState, { webhookId, fence }: LeaseKey): WebhookState | undefined {
  const webhook = state.webhook(webhookId);
  return webhook && webhook.fence === fence && webhook.leasedUntilMs !== null ? webhook : undefined;
}

function findExistingDelivery(
  state: CurrentState,
  webhook: WebhookState,
  subject: DeliverySubject,
): DeliveryState | undefined {
  if (subject.kind === 'requested') return state.delivery(subject.deliveryId);
  const failing = findFailingDelivery(state, webhook);
  return failing?.position === subject.position ? failing : undefined;
}

/** Returns undefined for a requested delivery: it exists since its request, unless it was deleted. */
function createEventDelivery(
  state: CurrentState,
  { id: webhookId }: WebhookState,
  { subject, attempt }: Pick<AttemptRecord, 'subject' | 'attempt'>,
  createdCount: number,
): DeliveryState | undefined {
  if (subject.kind === 'requested') return undefined;
  const id = state.nextId('delivery', createdCount);
  return createDelivery(id, attempt.at, { webhookId, ...subject, nextAttemptAt: null });
}

type Step = { webhook: WebhookState; delivery: DeliveryState };

/** Returns the webhook and the delivery after an attempt. */
function applyAttempt(state: CurrentState, webhook: WebhookState, record: AttemptRecord, former: DeliveryState): Step {
  const { subject } = record;
  const delivery = addAttempt(former, record.attempt, record.outcome);
  if (subject.kind === 'requested') return { webhook, delivery };
  const advanced = { ...webhook, ...noFailure, position: subject.position };
  if (delivery.state === 'delivered') return { webhook: advanced, delivery };
  // The types may have been edited during the attempt.
  if (!isSubscribed(webhook, delivery)) return { webhook: advanced, delivery: toSkipped(state, delivery) };
  return { webhook: addFailure(state, webhook, { ...record, subject }, delivery), delivery };
}

/** Requested deliveries have only one attempt. */
function addAttempt(former: DeliveryState, attempt: AttemptRecord['attempt'], outcome: AttemptOutcome): DeliveryState {
  const attempts = [...former.attempts, attempt].slice(-maxStoredAttempts);
  const end = new Date(Date.parse(attempt.at) + attempt.durationMs).toISOString();
  if (outcome.kind === 'delivered') {
    return { ...former, attempts, state: 'delivered', nextAttemptAt: null, finishedAt: end };
  }
  if (former.kind !== 'event') return { ...former, attempts, state: 'failed', nextAttemptAt: null, finishedAt: end };
  return { ...former, attempts, state: 'pending', nextAttemptAt: getNextAttemptAt(outcome) };
}

function getNextAttemptAt(outcome: AttemptOutcome): string | null {
  if (outcome.kind !== 'failed' || outcome.nextAttemptAtMs === undefined) return null;
  return new Date(outcome.nextAttemptAtMs).toISOString();
}

function isSubscribed({ types }: WebhookState, { eventType }: DeliveryState): boolean {
  return types === null || types.some((type) => type === eventType);
}

/**
 * Returns the webhook after a failed attempt to deliver its next event: it waits for the next attempt, or is paused.
 * The events before this one stay processed, even if the webhook subscribes to their types later.
 */
function addFailure(
  state: CurrentState,
  webhook: WebhookState,
  { attempt, outcome, subject }: AttemptRecord & { subject: { kind: 'event' } },
  delivery: DeliveryState,
): WebhookState {
  const failing = {
    ...webhook,
    position: subject.position - 1,
    failingDeliveryId: delivery.id,
    failures: webhook.failures + 1,
    failingSince: webhook.failingSince ?? attempt.at,
  };
  if (outcome.kind === 'failed' && outcome.nextAttemptAtMs !== undefined) {
    return { ...failing, dueAtMs: outcome.nextAttemptAtMs };
  }
  if (webhook.pauseReason !== null) return failing;
  const pauseReason = outcome.kind === 'gone' ? 'gone' : 'failing';
  return { ...failing, pauseReason, pausedAt: state.now, updatedAt: state.now };
}
