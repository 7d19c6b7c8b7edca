// Decides what a sender tells. It counts only while the webhook has the fence of the claim that it was told under.

import { maxKeptAttempts } from '../../contract/webhook.ts';
import type { Decision } from '../store/door.ts';
import type { State } from '../store/state.ts';
import type { DeliveryState, WebhookState } from '../store/webhook-state.ts';
import type { AttemptRecord, AttemptVerdict, Held, SendingCommands, Sent } from './commands.ts';
import { newDelivery, notFailing, stuckDelivery } from './decide.ts';

type Input<Type extends keyof SendingCommands> = SendingCommands[Type]['input'];
type DecisionOf<Type extends keyof SendingCommands> = Decision<SendingCommands[Type]['answer']>;

/**
 * A lease that is further ahead than any can be was given before the clock was set back: it has run out, too.
 */
export function decideClaim(state: State, { webhookId, leaseMs }: Input<'webhook.claim'>): DecisionOf<'webhook.claim'> {
  const webhook = state.webhook(webhookId);
  if (!webhook) return { answer: undefined };
  const now = Date.parse(state.now);
  const { leasedUntilMs } = webhook;
  if (leasedUntilMs !== null && leasedUntilMs > now && leasedUntilMs <= now + leaseMs) return { answer: undefined };
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
  { attempts, ...held }: Input<'webhook.record'>,
): DecisionOf<'webhook.record'> {
  let webhook = claimedWebhook(state, held);
  if (!webhook) return { answer: undefined };
  const deliveries: DeliveryState[] = [];
  let nextId = state.nextId('delivery');
  for (const { sent, attempt, verdict } of attempts) {
    const former = formerDelivery(state, webhook, sent) ?? firstDelivery(webhook, { sent, attempt }, nextId);
    if (!former) continue;
    if (former.id === nextId) nextId += 1;
    const delivery = attempted(former, attempt, verdict);
    deliveries.push(delivery);
    if (sent.kind === 'event') webhook = moved(state, webhook, { sent, attempt, verdict }, delivery);
  }
  return { webhooks: [webhook], deliveries, answer: webhook };
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
  { id: webhookId }: WebhookState,
  { sent, attempt }: Pick<AttemptRecord, 'sent' | 'attempt'>,
  id: number,
): DeliveryState | undefined {
  if (sent.kind === 'out-of-turn') return undefined;
  return newDelivery(id, attempt.at, { webhookId, ...sent, nextAttemptAt: null });
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

/** The webhook after an attempt on its next event: one further in the log, waiting for the next attempt, or paused. */
function moved(
  state: State,
  webhook: WebhookState,
  { attempt, verdict, sent }: AttemptRecord & { sent: { kind: 'event' } },
  delivery: DeliveryState,
): WebhookState {
  if (verdict.kind === 'delivered') {
    return { ...webhook, ...notFailing, position: sent.position };
  }
  const failing = {
    ...webhook,
    stuckDeliveryId: delivery.id,
    failures: webhook.failures + 1,
    failingSince: webhook.failingSince ?? attempt.at,
  };
  if (verdict.kind === 'failed' && verdict.nextAttemptAtMs !== undefined) {
    return { ...failing, dueAtMs: verdict.nextAttemptAtMs };
  }
  const pauseReason = verdict.kind === 'gone' ? 'gone' : 'failing';
  return { ...failing, pauseReason, pausedAt: state.now, updatedAt: state.now };
}
