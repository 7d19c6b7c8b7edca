// Decides what a sender tells. It counts only while the webhook has the fence of the claim that it was told under.

import { maxKeptAttempts } from '../../contract/webhook.ts';
import type { Decision } from '../commands/command-bus.ts';
import type { State } from './state.ts';
import type { DeliveryState, WebhookState } from './webhook.ts';
import type { AttemptRecord, AttemptVerdict, Held, SendingCommands, Sent } from './webhook-commands.ts';
import { newDelivery, notFailing, skipped, stuckDelivery } from './webhook-decisions.ts';

/** By how much the clocks of nodes may differ, in milliseconds. */
export const clockToleranceMs = 60_000;

type Input<Type extends keyof SendingCommands> = SendingCommands[Type]['input'];
type DecisionOf<Type extends keyof SendingCommands> = Decision<SendingCommands[Type]['answer']>;

/**
 * A lease that is further ahead than any can be was given before the clock was set back: it has run out, too. The clock
 * of the node that gave it may be somewhat ahead of ours.
 */
export function decideClaim(state: State, { webhookId, leaseMs }: Input<'webhook.claim'>): DecisionOf<'webhook.claim'> {
  const webhook = state.webhook(webhookId);
  if (!webhook) return { answer: undefined };
  const now = Date.parse(state.now);
  const { leasedUntilMs } = webhook;
  if (leasedUntilMs !== null && leasedUntilMs > now && leasedUntilMs <= now + leaseMs + clockToleranceMs)
    return { answer: undefined };
  const claimed = { ...webhook, fence: webhook.fence + 1, leasedUntilMs: now + leaseMs };
  return { webhooks: [claimed], answer: claimed };
}

export function decideRenew(state: State, { leaseMs, ...held }: Input<'webhook.renew'>): DecisionOf<'webhook.renew'> {
  const webhook = claimedWebhook(state, held);
  if (!webhook) return { answer: undefined };
  const renewed = { ...webhook, leasedUntilMs: Date.parse(state.now) + leaseMs };
  return { webhooks: [renewed], answer: renewed };
}

export function decideRelease(state: State, held: Input<'webhook.release'>): DecisionOf<'webhook.release'> {
  const webhook = claimedWebhook(state, held);
  return { webhooks: webhook ? [{ ...webhook, leasedUntilMs: null }] : [], answer: undefined };
}

export function decideRecord(
  state: State,
  { attempts, ...claim }: Input<'webhook.record'>,
): DecisionOf<'webhook.record'> {
  let webhook = claimedWebhook(state, claim);
  if (!webhook) return { answer: undefined };
  const deliveries: DeliveryState[] = [];
  let added = 0;
  for (const record of attempts) {
    const known = formerDelivery(state, webhook, record.sent);
    const former = known ?? firstDelivery(state, webhook, record, added);
    if (!former) continue;
    if (!known) added += 1;
    const step = recorded(state, webhook, record, former);
    deliveries.push(step.delivery);
    webhook = step.webhook;
  }
  return { webhooks: [webhook], deliveries, answer: webhook };
}

type Step = { webhook: WebhookState; delivery: DeliveryState };

/** The webhook and the delivery after an attempt. */
function recorded(state: State, webhook: WebhookState, record: AttemptRecord, former: DeliveryState): Step {
  const { sent } = record;
  const delivery = attempted(former, record.attempt, record.verdict);
  if (sent.kind === 'out-of-turn') return { webhook, delivery };
  const passed = { ...webhook, ...notFailing, position: sent.position };
  if (delivery.state === 'delivered') return { webhook: passed, delivery };
  if (!wants(webhook, delivery)) return { webhook: passed, delivery: skipped(state, delivery) };
  return { webhook: stopped(state, webhook, { ...record, sent }, delivery), delivery };
}

function claimedWebhook(state: State, { webhookId, fence }: Held): WebhookState | undefined {
  const webhook = state.webhook(webhookId);
  return webhook && webhook.fence === fence && webhook.leasedUntilMs !== null ? webhook : undefined;
}

function formerDelivery(state: State, webhook: WebhookState, sent: Sent): DeliveryState | undefined {
  if (sent.kind === 'out-of-turn') return state.delivery(sent.deliveryId);
  const stuck = stuckDelivery(state, webhook);
  return stuck?.position === sent.position ? stuck : undefined;
}

/** What is out of turn has been a delivery since it was asked for. */
function firstDelivery(
  state: State,
  { id: webhookId }: WebhookState,
  { sent, attempt }: Pick<AttemptRecord, 'sent' | 'attempt'>,
  ahead: number,
): DeliveryState | undefined {
  if (sent.kind === 'out-of-turn') return undefined;
  return newDelivery(state.nextId('delivery', ahead), attempt.at, { webhookId, ...sent, nextAttemptAt: null });
}

/** What is out of turn has but one attempt. */
function attempted(former: DeliveryState, attempt: AttemptRecord['attempt'], verdict: AttemptVerdict): DeliveryState {
  const attempts = [...former.attempts, attempt].slice(-maxKeptAttempts);
  const end = new Date(Date.parse(attempt.at) + attempt.durationMs).toISOString();
  if (verdict.kind === 'delivered') {
    return { ...former, attempts, state: 'delivered', nextAttemptAt: null, finishedAt: end };
  }
  if (former.kind !== 'event') return { ...former, attempts, state: 'failed', nextAttemptAt: null, finishedAt: end };
  return { ...former, attempts, state: 'pending', nextAttemptAt: momentOf(verdict) };
}

function momentOf(verdict: AttemptVerdict): string | null {
  if (verdict.kind !== 'failed' || verdict.nextAttemptAtMs === undefined) return null;
  return new Date(verdict.nextAttemptAtMs).toISOString();
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
  state: State,
  webhook: WebhookState,
  { attempt, verdict, sent }: AttemptRecord & { sent: { kind: 'event' } },
  delivery: DeliveryState,
): WebhookState {
  const failing = {
    ...webhook,
    position: sent.position - 1,
    stuckDeliveryId: delivery.id,
    failures: webhook.failures + 1,
    failingSince: webhook.failingSince ?? attempt.at,
  };
  if (verdict.kind === 'failed' && verdict.nextAttemptAtMs !== undefined) {
    return { ...failing, dueAtMs: verdict.nextAttemptAtMs };
  }
  if (webhook.pauseReason !== null) return failing;
  const pauseReason = verdict.kind === 'gone' ? 'gone' : 'failing';
  return { ...failing, pauseReason, pausedAt: state.now, updatedAt: state.now };
}
