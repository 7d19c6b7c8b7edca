// Decides what a sender tells. It counts only while the webhook has the fence of the claim that it was told under.

import { maxStoredAttempts } from '../../contract/delivery.ts';
import type { Decision, InputOf } from './commands.ts';
import type { CurrentState } from './state.ts';
import type { DeliveryState, WebhookState } from './webhook.ts';
import { clockToleranceMs } from './webhook.ts';
import type { AttemptOutcome, AttemptRecord, DeliverySubject, LeaseKey } from './webhook-commands.ts';
import { createDelivery, findFailingDelivery, noFailure, toSkipped } from './webhook-decisions.ts';

/**
 * A lease that is further ahead than any can be was given before the clock was set back: it has run out, too. The clock
 * of the node that gave it may be somewhat ahead of ours.
 */
export function decideClaim(
  state: CurrentState,
  { webhookId, leaseMs }: InputOf<'webhook.claim'>,
): Decision<'webhook.claim'> {
  const webhook = state.webhook(webhookId);
  if (!webhook) return { result: undefined };
  const now = Date.parse(state.now);
  const { leasedUntilMs } = webhook;
  if (leasedUntilMs !== null && leasedUntilMs > now && leasedUntilMs <= now + leaseMs + clockToleranceMs)
    return { result: undefined };
  const claimed = { ...webhook, fence: webhook.fence + 1, leasedUntilMs: now + leaseMs };
  return { webhooks: [claimed], result: claimed };
}

export function decideRenew(
  state: CurrentState,
  { leaseMs, ...held }: InputOf<'webhook.renew'>,
): Decision<'webhook.renew'> {
  const webhook = claimedWebhook(state, held);
  if (!webhook) return { result: undefined };
  const renewed = { ...webhook, leasedUntilMs: Date.parse(state.now) + leaseMs };
  return { webhooks: [renewed], result: renewed };
}

export function decideRelease(state: CurrentState, held: InputOf<'webhook.release'>): Decision<'webhook.release'> {
  const webhook = claimedWebhook(state, held);
  return { webhooks: webhook ? [{ ...webhook, leasedUntilMs: null }] : [], result: undefined };
}

export function decideRecord(
  state: CurrentState,
  { attempts, ...claim }: InputOf<'webhook.record'>,
): Decision<'webhook.record'> {
  let webhook = claimedWebhook(state, claim);
  if (!webhook) return { result: undefined };
  const deliveries: DeliveryState[] = [];
  let added = 0;
  for (const record of attempts) {
    const known = formerDelivery(state, webhook, record.subject);
    const former = known ?? firstDelivery(state, webhook, record, added);
    if (!former) continue;
    if (!known) added += 1;
    const step = recorded(state, webhook, record, former);
    deliveries.push(step.delivery);
    webhook = step.webhook;
  }
  return { webhooks: [webhook], deliveries, result: webhook };
}

type Step = { webhook: WebhookState; delivery: DeliveryState };

/** The webhook and the delivery after an attempt. */
function recorded(state: CurrentState, webhook: WebhookState, record: AttemptRecord, former: DeliveryState): Step {
  const { subject } = record;
  const delivery = attempted(former, record.attempt, record.outcome);
  if (subject.kind === 'out-of-turn') return { webhook, delivery };
  const passed = { ...webhook, ...noFailure, position: subject.position };
  if (delivery.state === 'delivered') return { webhook: passed, delivery };
  if (!wants(webhook, delivery)) return { webhook: passed, delivery: toSkipped(state, delivery) };
  return { webhook: stopped(state, webhook, { ...record, subject }, delivery), delivery };
}

function claimedWebhook(state: CurrentState, { webhookId, fence }: LeaseKey): WebhookState | undefined {
  const webhook = state.webhook(webhookId);
  return webhook && webhook.fence === fence && webhook.leasedUntilMs !== null ? webhook : undefined;
}

function formerDelivery(
  state: CurrentState,
  webhook: WebhookState,
  subject: DeliverySubject,
): DeliveryState | undefined {
  if (subject.kind === 'out-of-turn') return state.delivery(subject.deliveryId);
  const failing = findFailingDelivery(state, webhook);
  return failing?.position === subject.position ? failing : undefined;
}

/** What is out of turn has been a delivery since it was asked for. */
function firstDelivery(
  state: CurrentState,
  { id: webhookId }: WebhookState,
  { subject, attempt }: Pick<AttemptRecord, 'subject' | 'attempt'>,
  ahead: number,
): DeliveryState | undefined {
  if (subject.kind === 'out-of-turn') return undefined;
  return createDelivery(state.nextId('delivery', ahead), attempt.at, { webhookId, ...subject, nextAttemptAt: null });
}

/** What is out of turn has but one attempt. */
function attempted(former: DeliveryState, attempt: AttemptRecord['attempt'], outcome: AttemptOutcome): DeliveryState {
  const attempts = [...former.attempts, attempt].slice(-maxStoredAttempts);
  const end = new Date(Date.parse(attempt.at) + attempt.durationMs).toISOString();
  if (outcome.kind === 'delivered') {
    return { ...former, attempts, state: 'delivered', nextAttemptAt: null, finishedAt: end };
  }
  if (former.kind !== 'event') return { ...former, attempts, state: 'failed', nextAttemptAt: null, finishedAt: end };
  return { ...former, attempts, state: 'pending', nextAttemptAt: momentOf(outcome) };
}

function momentOf(outcome: AttemptOutcome): string | null {
  if (outcome.kind !== 'failed' || outcome.nextAttemptAtMs === undefined) return null;
  return new Date(outcome.nextAttemptAtMs).toISOString();
}

/** Whether it wants such an event: its types may have been changed while one was sent. */
function wants({ types }: WebhookState, { eventType }: DeliveryState): boolean {
  return types === null || types.some((type) => type === eventType);
}

/**
 * The webhook after an attempt on its next event that has failed: it waits for the next attempt, or is paused. What
 * lies before that event is dealt with, also where the webhook comes to want other types.
 */
function stopped(
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
