// The decisions of validation runs as pure functions: claims raise the fence, outdated commands change nothing, and the
// number of attempts is limited.

import { describe, expect, test } from 'vitest';
import type { OrderState } from '../../server/domain/order.ts';
import type { RunResult, RunState } from '../../server/domain/run.ts';
import {
  decideClaimRun,
  decideReleaseRun,
  decideRenewRun,
  decideRequeueRun,
  decideSettleRun,
} from '../../server/domain/run-decisions.ts';
import type { Changes, CurrentState } from '../../server/domain/state.ts';

const now = '2026-01-01T00:00:00.000Z';
const nowMs = Date.parse(now);

const order: OrderState = {
  ...{ id: 1, reference: null, customerId: 'c', currency: 'EUR', items: [], total: 0, note: null, metadata: {} },
  ...{ status: 'CREATED', version: 2, rejection: null, validation: { id: 1, state: 'open' } },
  ...{ createdBy: 'ann', contributors: ['ann'], createdAt: now, updatedAt: now },
};

function buildRun(fields: Partial<RunState> = {}): RunState {
  return {
    ...{ id: 1, orderId: 1, orderVersion: 1, state: 'queued', attempt: 0, maxAttempts: 2, policyVersion: 'old' },
    ...{ findings: [], error: null, fence: 0, createdAt: now, startedAt: null, finishedAt: null },
    ...fields,
  };
}

function buildState(run: RunState): CurrentState {
  return {
    now,
    nextId: () => 2,
    reserveAttemptLeaseMs: () => undefined,
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
  test('a claim starts an attempt, raises the fence and records the policy version', () => {
    const decision = decideClaimRun(buildState(buildRun({ fence: 6 })), { ...claim, fence: 6 });
    const run = buildRun({ state: 'running', attempt: 1, fence: 7, policyVersion: 'new', startedAt: now });
    expect(decision).toEqual({
      runs: [run],
      jobs: [{ kind: 'lease', runId: 1, untilMs: nowMs + 15_000 }],
      result: { run, order },
    });
  });

  test('a claim takes over a run whose lease has expired', () => {
    const decision = decideClaimRun(buildState(buildRun({ state: 'running', attempt: 1, fence: 1 })), {
      ...claim,
      fence: 1,
    });
    expect(decision).toMatchObject({ runs: [{ state: 'running', attempt: 2, fence: 2 }] });
  });

  test('a claim of a run that has been claimed since it was found changes nothing', () => {
    const run = buildRun({ state: 'running', attempt: 1, fence: 1 });
    expect(decideClaimRun(buildState(run), claim)).toEqual({ result: undefined });
  });

  test('a claim declares a run without attempts left dead', () => {
    const decision = decideClaimRun(buildState(buildRun({ state: 'running', attempt: 2 })), claim);
    const error = 'The process ended during the last attempt.';
    expect(decision).toMatchObject({
      runs: [{ state: 'dead', error, finishedAt: now }],
      orders: [{ status: 'CREATED', version: 3, validation: { id: 1, state: 'dead' } }],
      events: [{ type: 'order.validation_dead', sequence: 3, data: { validationId: 1, error } }],
      jobs: [{ kind: 'remove', runId: 1 }],
      result: undefined,
    });
  });

  test.each(['passed', 'failed', 'dead', 'cancelled'] as const)('a claim of a %s run only removes its job', (state) => {
    expect(decideClaimRun(buildState(buildRun({ state })), claim)).toEqual({
      jobs: [{ kind: 'remove', runId: 1 }],
      result: undefined,
    });
  });
});

test.each([
  ['has an older fence', buildRun({ state: 'running', attempt: 2, fence: 2 })],
  ['arrives after the run was released', buildRun({ state: 'queued', attempt: 1, fence: 1 })],
  ['arrives after the run was cancelled', buildRun({ state: 'cancelled', attempt: 1, fence: 1 })],
])('a settle, renew or release that %s changes nothing', (_, run) => {
  const outdated = { runId: 1, fence: 1 };
  const state = buildState(run);
  const settle = { ...outdated, result: { state: 'passed' }, retryDelayMs: 500 } as const;
  expect(decideSettleRun(state, settle)).toEqual({ result: false });
  expect(decideRenewRun(state, { ...outdated, leaseMs: 1 })).toEqual({ result: false });
  expect(decideReleaseRun(state, { ...outdated, countsAsAttempt: true })).toEqual({ result: false });
});

describe('a result', () => {
  const settle = (result: RunResult, attempt = 1) => {
    const state = buildState(buildRun({ state: 'running', attempt, fence: 1 }));
    return decideSettleRun(state, { runId: 1, fence: 1, result, retryDelayMs: 500 }) as Changes;
  };

  test.each<[RunResult, string, string, string]>([
    [{ state: 'passed' }, 'VALIDATED', 'order.validated', 'passed'],
    [{ state: 'failed', findings: [] }, 'REJECTED', 'order.rejected', 'failed'],
    [{ state: 'dead', rule: 'r', error: 'e' }, 'CREATED', 'order.validation_dead', 'dead'],
  ])('the result %o adds one version and one event to the order', (result, status, type, state) => {
    expect(settle(result)).toMatchObject({
      orders: [{ status, version: 3, validation: { id: 1, state } }],
      events: [{ type, sequence: 3, actor: { type: 'system' } }],
      runs: [{ state, finishedAt: now }],
      jobs: [{ kind: 'remove', runId: 1 }],
    });
  });

  test('an interrupted run is queued again with a delay and a new fence, and its order does not change', () => {
    expect(settle({ state: 'interrupted', error: 'slow' })).toEqual({
      runs: [buildRun({ state: 'queued', attempt: 1, fence: 2, error: 'slow' })],
      jobs: [{ kind: 'enqueue', runId: 1, dueAtMs: nowMs + 500 }],
      result: true,
    });
  });

  test('a run that is interrupted in its last attempt is dead', () => {
    expect(settle({ state: 'interrupted', error: 'slow' }, 2)).toMatchObject({
      runs: [{ state: 'dead', error: 'slow' }],
    });
  });
});

describe('a release', () => {
  test.each([
    [true, 1],
    [false, 0],
  ])('a run that is released with countsAsAttempt: %s is queued again with attempt %i', (countsAsAttempt, attempt) => {
    const state = buildState(buildRun({ state: 'running', attempt: 1, fence: 1 }));
    expect(decideReleaseRun(state, { runId: 1, fence: 1, countsAsAttempt })).toEqual({
      runs: [buildRun({ state: 'queued', attempt, fence: 2 })],
      jobs: [{ kind: 'enqueue', runId: 1, dueAtMs: nowMs }],
      result: true,
    });
  });
});

describe('a run without a job', () => {
  const found = { runId: 1, fence: 1 };

  test('an open run without a job gets one, and an ended run does not', () => {
    expect(decideRequeueRun(buildState(buildRun({ state: 'running', fence: 1 })), found)).toMatchObject({
      runs: [{ state: 'queued' }],
      jobs: [{ kind: 'enqueue-if-missing', runId: 1, dueAtMs: nowMs }],
    });
    expect(decideRequeueRun(buildState(buildRun({ state: 'passed', fence: 1 })), found)).toEqual({ result: false });
  });

  test('a run that has been claimed since it was found without a job does not change', () => {
    expect(decideRequeueRun(buildState(buildRun({ state: 'running', fence: 2 })), found)).toEqual({ result: false });
  });
});
