// The life of a run as pure decisions: claims raise the fence, late verdicts count for nothing, attempts are limited.

import { describe, expect, test } from 'vitest';
import type { OrderState } from '../../server/domain/order.ts';
import type { RunState } from '../../server/domain/run.ts';
import {
  decideClaim,
  decideRelease,
  decideRenew,
  decideRequeue,
  decideSettle,
} from '../../server/domain/run-decisions.ts';
import type { RunResult } from '../../server/domain/run-result.ts';
import type { Changes, CurrentState } from '../../server/domain/state.ts';

const now = '2026-01-01T00:00:00.000Z';
const nowMs = Date.parse(now);

const order: OrderState = {
  ...{ id: 1, reference: null, customerId: 'c', currency: 'EUR', items: [], total: 0, note: null, metadata: {} },
  ...{ status: 'CREATED', version: 2, rejection: null, validation: { id: 1, state: 'open' } },
  ...{ createdBy: 'ann', contributors: ['ann'], createdAt: now, updatedAt: now },
};

function aRun(fields: Partial<RunState> = {}): RunState {
  return {
    ...{ id: 1, orderId: 1, orderVersion: 1, state: 'queued', attempt: 0, maxAttempts: 2, policyVersion: 'old' },
    ...{ findings: [], error: null, fence: 0, createdAt: now, startedAt: null, finishedAt: null },
    ...fields,
  };
}

function stateWith(run: RunState): CurrentState {
  return {
    now,
    nextId: () => 2,
    order: () => order,
    run: () => run,
    findOrderIdByReference: () => undefined,
    webhook: () => undefined,
    delivery: () => undefined,
    head: 0,
    expired: { idempotencyKeys: [], deliveries: [] },
  };
}

const claim = { runId: 1, fence: 0, leaseMs: 15_000, policyVersion: 'new' };

describe('a claim', () => {
  test('begins an attempt, raises the fence, and takes the policy that will judge', () => {
    const decision = decideClaim(stateWith(aRun({ fence: 6 })), { ...claim, fence: 6 });
    const run = aRun({ state: 'running', attempt: 1, fence: 7, policyVersion: 'new', startedAt: now });
    expect(decision).toEqual({
      runs: [run],
      jobs: [{ kind: 'lease', runId: 1, untilMs: nowMs + 15_000 }],
      result: { run, order },
    });
  });

  test('takes a run over whose lease has run out', () => {
    const decision = decideClaim(stateWith(aRun({ state: 'running', attempt: 1, fence: 1 })), { ...claim, fence: 1 });
    expect(decision).toMatchObject({ runs: [{ state: 'running', attempt: 2, fence: 2 }] });
  });

  test('of a run that somebody has claimed since it was found changes nothing', () => {
    const run = aRun({ state: 'running', attempt: 1, fence: 1 });
    expect(decideClaim(stateWith(run), claim)).toEqual({ result: undefined });
  });

  test('declares a run dead whose attempts are used up', () => {
    const decision = decideClaim(stateWith(aRun({ state: 'running', attempt: 2 })), claim);
    const error = 'The process ended during the last attempt.';
    expect(decision).toMatchObject({
      runs: [{ state: 'dead', error, finishedAt: now }],
      orders: [{ status: 'CREATED', version: 3, validation: { id: 1, state: 'dead' } }],
      events: [{ type: 'order.validation_dead', sequence: 3, data: { validationId: 1, error } }],
      jobs: [{ kind: 'remove', runId: 1 }],
      result: undefined,
    });
  });

  test.each(['passed', 'failed', 'dead', 'cancelled'] as const)(
    'of a run that has %s only removes its job',
    (state) => {
      expect(decideClaim(stateWith(aRun({ state })), claim)).toEqual({
        jobs: [{ kind: 'remove', runId: 1 }],
        result: undefined,
      });
    },
  );
});

describe.each([
  ['carries an older fence', aRun({ state: 'running', attempt: 2, fence: 2 })],
  ['comes after the run was given back', aRun({ state: 'queued', attempt: 1, fence: 1 })],
  ['comes after the run was cancelled', aRun({ state: 'cancelled', attempt: 1, fence: 1 })],
])('what %s', (_, run) => {
  const late = { runId: 1, fence: 1 };

  test('changes nothing', () => {
    const state = stateWith(run);
    expect(decideSettle(state, { ...late, result: { state: 'passed' }, retryDelayMs: 500 })).toEqual({ result: false });
    expect(decideRenew(state, { ...late, leaseMs: 1 })).toEqual({ result: false });
    expect(decideRelease(state, { ...late, countsAsAttempt: true })).toEqual({ result: false });
  });
});

describe('a verdict', () => {
  const settle = (result: RunResult, attempt = 1) => {
    const state = stateWith(aRun({ state: 'running', attempt, fence: 1 }));
    return decideSettle(state, { runId: 1, fence: 1, result, retryDelayMs: 500 }) as Changes;
  };

  test.each<[RunResult, string, string, string]>([
    [{ state: 'passed' }, 'VALIDATED', 'order.validated', 'passed'],
    [{ state: 'failed', findings: [] }, 'REJECTED', 'order.rejected', 'failed'],
    [{ state: 'dead', error: 'e' }, 'CREATED', 'order.validation_dead', 'dead'],
  ])('%o changes the order by one version and one event', (result, status, type, state) => {
    expect(settle(result)).toMatchObject({
      orders: [{ status, version: 3, validation: { id: 1, state } }],
      events: [{ type, sequence: 3, actor: { type: 'system' } }],
      runs: [{ state, finishedAt: now }],
      jobs: [{ kind: 'remove', runId: 1 }],
    });
  });

  test('that asks for another attempt lets it wait, past whoever has seen it before, and leaves the order alone', () => {
    expect(settle({ state: 'interrupted', error: 'slow' })).toEqual({
      runs: [aRun({ state: 'queued', attempt: 1, fence: 2, error: 'slow' })],
      jobs: [{ kind: 'enqueue', runId: 1, dueAtMs: nowMs + 500 }],
      result: true,
    });
  });

  test('that asks for another attempt after the last makes the run dead', () => {
    expect(settle({ state: 'interrupted', error: 'slow' }, 2)).toMatchObject({
      runs: [{ state: 'dead', error: 'slow' }],
    });
  });
});

describe('giving a claim back', () => {
  test.each([
    [true, 1],
    [false, 0],
  ])('that counts as an attempt: %s', (countsAsAttempt, attempt) => {
    const state = stateWith(aRun({ state: 'running', attempt: 1, fence: 1 }));
    expect(decideRelease(state, { runId: 1, fence: 1, countsAsAttempt })).toEqual({
      runs: [aRun({ state: 'queued', attempt, fence: 2 })],
      jobs: [{ kind: 'enqueue', runId: 1, dueAtMs: nowMs }],
      result: true,
    });
  });
});

describe('a run without a job', () => {
  const missed = { runId: 1, fence: 1 };

  test('gets one where it is open, and none where it has ended', () => {
    expect(decideRequeue(stateWith(aRun({ state: 'running', fence: 1 })), missed)).toMatchObject({
      runs: [{ state: 'queued' }],
      jobs: [{ kind: 'enqueue-if-missing', runId: 1, dueAtMs: nowMs }],
    });
    expect(decideRequeue(stateWith(aRun({ state: 'passed', fence: 1 })), missed)).toEqual({ result: false });
  });

  test('is left alone where somebody has claimed it since its job was missed', () => {
    expect(decideRequeue(stateWith(aRun({ state: 'running', fence: 2 })), missed)).toEqual({ result: false });
  });
});
