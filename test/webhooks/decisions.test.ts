// Decisions about webhooks: leases, recorded attempts, and edits while an event is failing.

import { describe, expect, test } from 'vitest';
import { maxStoredAttempts } from '../../contract/schemas/delivery.ts';
import {
  decideClaimWebhook,
  decideRecordAttempts,
  decideReleaseWebhook,
  decideRenewWebhook,
} from '../../server/domain/delivery-decisions.ts';
import type { CurrentState } from '../../server/domain/state.ts';
import type { DeliveryState, WebhookState } from '../../server/domain/webhook.ts';
import { clockToleranceMs } from '../../server/domain/webhook.ts';
import type { AttemptRecord } from '../../server/domain/webhook-commands.ts';
import { decideEditWebhook, decideSkipEvents } from '../../server/domain/webhook-decisions.ts';
import { testInitiator } from '../kit/database/commands.ts';

const nowMs = Date.parse('2026-05-04T10:00:00.000Z');
const now = new Date(nowMs).toISOString();
const leaseMs = 15_000;

function aWebhook(fields: Partial<WebhookState> = {}): WebhookState {
  return {
    ...{ id: 1, url: 'https://shop.example/', types: null, description: null, secret: 's' },
    ...{ formerSecret: null, formerSecretUntil: null, pauseReason: null, pausedAt: null, position: 4 },
    ...{
      failingDeliveryId: null,
      failures: 0,
      failingSince: null,
      dueAtMs: 0,
      fence: 3,
      leasedUntilMs: nowMs + leaseMs,
    },
    ...{ createdBy: 'ann', createdAt: now, updatedAt: now },
    ...fields,
  };
}

function aDelivery(fields: Partial<DeliveryState> = {}): DeliveryState {
  return {
    ...{ id: 7, webhookId: 1, kind: 'event', state: 'pending', eventId: 'e5', eventType: 'order.created', position: 5 },
    ...{ attempts: [], nextAttemptAt: null, createdAt: now, finishedAt: null },
    ...fields,
  };
}

function stateWith(webhook: WebhookState, delivery?: DeliveryState): CurrentState {
  return {
    now,
    nextId: (_, ahead = 0) => 9 + ahead,
    reserveAttemptLeaseMs: () => undefined,
    order: () => undefined,
    run: () => undefined,
    findOrderIdByReference: () => undefined,
    webhook: () => webhook,
    delivery: (id) => (delivery?.id === id ? delivery : undefined),
    head: 20,
    expired: { idempotencyKeys: [], deliveries: [] },
  };
}

const attempt = { at: now, durationMs: 5, statusCode: 500, error: 'The receiver responded with status 500.' };

/** An attempt to send the event at a position. */
function sentAt(position: number, outcome: AttemptRecord['outcome'] = { kind: 'delivered' }): AttemptRecord {
  const subject = { kind: 'event', eventId: `e${position}`, eventType: 'order.created', position } as const;
  return { subject, attempt, outcome };
}

describe('a claim', () => {
  test.each([
    ['without a lease', null, true],
    ['with a valid lease', nowMs + leaseMs, false],
    ['with an expired lease', nowMs, true],
    ['with a lease from a node whose clock is ahead within the tolerance', nowMs + leaseMs + clockToleranceMs, false],
    ['with a lease that was written before the clock was set back', nowMs + leaseMs + clockToleranceMs + 1, true],
  ])('the claim of a webhook %s is decided by its lease', (_, leasedUntilMs, isGiven) => {
    const { result, webhooks } = decideClaimWebhook(stateWith(aWebhook({ leasedUntilMs })), { webhookId: 1, leaseMs });
    const claimed = aWebhook({ fence: 4, leasedUntilMs: nowMs + leaseMs });
    expect({ result, webhooks }).toEqual(
      isGiven ? { result: claimed, webhooks: [claimed] } : { result: undefined, webhooks: undefined },
    );
  });

  test.each([
    ['with a newer fence', { fence: 4 }],
    ['after its release', { leasedUntilMs: null }],
  ])('commands under a lease %s have no effect', (_, fields) => {
    const state = stateWith(aWebhook(fields));
    const claim = { webhookId: 1, fence: 3 };
    expect(decideRecordAttempts(state, { ...claim, attempts: [sentAt(5)] })).toEqual({ result: undefined });
    expect(decideRenewWebhook(state, { ...claim, leaseMs })).toEqual({ result: undefined });
    expect(decideReleaseWebhook(state, claim)).toEqual({ webhooks: [], result: undefined });
  });

  test('skipping events revokes the lease', () => {
    const { result } = decideSkipEvents(stateWith(aWebhook()), { webhookId: 1, initiator: testInitiator, through: 6 });
    expect(result).toMatchObject({ position: 6, fence: 4, leasedUntilMs: null });
  });
});

describe('recorded attempts', () => {
  const claim = { webhookId: 1, fence: 3 };

  test('recorded deliveries advance the position and create one delivery each', () => {
    const decision = decideRecordAttempts(stateWith(aWebhook()), { ...claim, attempts: [sentAt(5), sentAt(8)] });
    expect(decision.result).toMatchObject({ position: 8, failures: 0 });
    expect(decision.deliveries).toMatchObject([
      { id: 9, position: 5, state: 'delivered', finishedAt: '2026-05-04T10:00:00.005Z' },
      { id: 10, position: 8, state: 'delivered' },
    ]);
  });

  test('another attempt at a failing event is added to its delivery', () => {
    const webhook = aWebhook({ failingDeliveryId: 7, failures: 2, failingSince: '2026-05-04T09:00:00.000Z' });
    const former = aDelivery({ attempts: [attempt, attempt] });
    const nextAttemptAtMs = nowMs + 60_000;
    const failed = decideRecordAttempts(stateWith(webhook, former), {
      ...claim,
      attempts: [sentAt(5, { kind: 'failed', nextAttemptAtMs })],
    });
    expect(failed.result).toMatchObject({ position: 4, failures: 3, dueAtMs: nextAttemptAtMs, failingDeliveryId: 7 });
    expect(failed.result?.failingSince).toBe('2026-05-04T09:00:00.000Z');
    expect(failed.deliveries).toMatchObject([{ id: 7, state: 'pending', attempts: [attempt, attempt, attempt] }]);
    const delivered = decideRecordAttempts(stateWith(webhook, former), { ...claim, attempts: [sentAt(5), sentAt(6)] });
    expect(delivered.result).toMatchObject({ position: 6, failures: 0, failingSince: null, failingDeliveryId: null });
    expect(delivered.deliveries).toMatchObject([{ id: 7 }, { id: 9 }]);
  });

  test('a delivery keeps only its latest attempts', () => {
    const former = aDelivery({ attempts: Array.from({ length: maxStoredAttempts }, () => attempt) });
    const attempts = [
      { ...sentAt(5, { kind: 'failed', nextAttemptAtMs: nowMs }), attempt: { ...attempt, statusCode: 502 } },
    ];
    const decision = decideRecordAttempts(stateWith(aWebhook({ failingDeliveryId: 7 }), former), {
      ...claim,
      attempts,
    });
    const statuses = decision.deliveries?.[0]?.attempts.map(({ statusCode }) => statusCode) ?? [];
    expect([statuses.length, statuses.at(-1)]).toEqual([maxStoredAttempts, 502]);
  });

  test('a failed event is skipped if its type is no longer subscribed to', () => {
    const narrowed = aWebhook({ types: ['order.approved'] });
    const failure = sentAt(5, { kind: 'failed', nextAttemptAtMs: nowMs + 60_000 });
    const { result, deliveries } = decideRecordAttempts(stateWith(narrowed), { ...claim, attempts: [failure] });
    expect(result).toMatchObject({ position: 5, failingDeliveryId: null, failures: 0 });
    expect(deliveries).toMatchObject([{ state: 'skipped', attempts: [attempt], nextAttemptAt: null }]);
  });

  test('a failed event advances the position to the event before it', () => {
    const failure = sentAt(8, { kind: 'failed', nextAttemptAtMs: nowMs + 60_000 });
    const { result } = decideRecordAttempts(stateWith(aWebhook()), { ...claim, attempts: [failure] });
    expect(result).toMatchObject({ position: 7, failures: 1 });
  });

  test('a delivery recorded after a pause still advances the position', () => {
    const paused = aWebhook({ pauseReason: 'requested', pausedAt: now });
    const { result } = decideRecordAttempts(stateWith(paused), { ...claim, attempts: [sentAt(5)] });
    expect(result).toMatchObject({ position: 5, pauseReason: 'requested' });
  });
});

describe('an edit while an event is failing', () => {
  const stuck = { failingDeliveryId: 7, failures: 4, failingSince: now, dueAtMs: nowMs + 60_000 };

  test('editing the URL makes a failing event due at once', () => {
    const edit = { webhookId: 1, initiator: testInitiator, edit: { url: 'https://other.example/' } };
    const { result, deliveries } = decideEditWebhook(stateWith(aWebhook(stuck), aDelivery()), edit);
    expect(result).toMatchObject({ position: 4, failingDeliveryId: 7, failures: 0, failingSince: null, dueAtMs: 0 });
    expect(deliveries).toBeUndefined();
  });

  test('editing the types skips a failing event that they exclude', () => {
    const edit = { webhookId: 1, initiator: testInitiator, edit: { types: ['order.approved' as const] } };
    const { result, deliveries } = decideEditWebhook(stateWith(aWebhook(stuck), aDelivery()), edit);
    expect(result).toMatchObject({ position: 5, failingDeliveryId: null, failures: 0, dueAtMs: 0 });
    expect(deliveries).toMatchObject([{ id: 7, state: 'skipped', finishedAt: now }]);
  });

  test('editing the description does not change a failing event', () => {
    const { result } = decideEditWebhook(stateWith(aWebhook(stuck), aDelivery()), {
      webhookId: 1,
      initiator: testInitiator,
      edit: { description: 'd' },
    });
    expect(result).toMatchObject({ ...stuck, description: 'd' });
  });
});
