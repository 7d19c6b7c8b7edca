// Decides the commands of validation runs: claim, renew, settle, release and requeue. A result counts only while the
// run is running and the caller has its current fence. Also the start and the end of a run, for the commands on orders.

import type { Finding } from '../../contract/schemas/finding.ts';
import type { Decision, InputOf } from './commands.ts';
import { type Initiator, systemInitiator } from './event.ts';
import { createNextVersion, type OrderChange, type OrderState } from './order.ts';
import type { RunSettings } from './order-commands.ts';
import { createRun, isOpen, type RunState, startAttempt } from './run.ts';
import type { Changes, CurrentState } from './state.ts';

/** Decides `run.claim`: starts an attempt, or declares the run dead if it has no attempts left. */
export function decideClaimRun(state: CurrentState, command: InputOf<'run.claim'>): Decision<'run.claim'> {
  const { run, order } = findRunAndOrder(state, command.runId);
  if (!isOpen(run)) return { jobs: [{ kind: 'remove', runId: run.id }], result: undefined };
  if (run.fence !== command.fence) return { result: undefined };
  if (run.attempt >= run.maxAttempts) {
    return { ...recordDead(state, run, order, 'The process ended during the last attempt.'), result: undefined };
  }
  const claimed = { ...startAttempt(run, state.now), policyVersion: command.policyVersion };
  const untilMs = Date.parse(state.now) + command.leaseMs;
  return { runs: [claimed], jobs: [{ kind: 'lease', runId: run.id, untilMs }], result: { run: claimed, order } };
}

/** Decides `run.renew`: extends the lease of a valid claim. */
export function decideRenewRun(state: CurrentState, command: InputOf<'run.renew'>): Decision<'run.renew'> {
  const { run } = findRunAndOrder(state, command.runId);
  if (!isClaimValid(run, command.fence)) return { result: false };
  const untilMs = Date.parse(state.now) + command.leaseMs;
  return { jobs: [{ kind: 'renew', runId: run.id, untilMs }], result: true };
}

/** Decides `run.settle`: records the result of a valid claim. */
export function decideSettleRun(state: CurrentState, command: InputOf<'run.settle'>): Decision<'run.settle'> {
  const { run, order } = findRunAndOrder(state, command.runId);
  if (!isClaimValid(run, command.fence)) return { result: false };
  return { ...recordResult(state, run, order, command), result: true };
}

/** Decides `run.release`: queues the run of a valid claim again, due at once. */
export function decideReleaseRun(state: CurrentState, command: InputOf<'run.release'>): Decision<'run.release'> {
  const { run } = findRunAndOrder(state, command.runId);
  if (!isClaimValid(run, command.fence)) return { result: false };
  const attempt = command.countsAsAttempt ? run.attempt : run.attempt - 1;
  return { ...requeueRun(run, { attempt }, Date.parse(state.now)), result: true };
}

/** Decides `run.requeue`: queues an open run, and enqueues a job unless there is one. */
export function decideRequeueRun(state: CurrentState, command: InputOf<'run.requeue'>): Decision<'run.requeue'> {
  const { run } = findRunAndOrder(state, command.runId);
  if (!isOpen(run) || run.fence !== command.fence) return { result: false };
  const job = { kind: 'enqueue-if-missing', runId: run.id, dueAtMs: Date.parse(state.now) } as const;
  return { runs: [{ ...run, state: 'queued' }], jobs: [job], result: true };
}

function findRunAndOrder(state: CurrentState, runId: number): { run: RunState; order: OrderState } {
  const run = state.run(runId);
  const order = run && state.order(run.orderId);
  if (!run || !order) throw new Error(`run ${runId} or its order is missing`);
  return { run, order };
}

function isClaimValid(run: RunState, fence: number): boolean {
  return run.state === 'running' && run.fence === fence;
}

/** Raises the fence, so that a node that read the run earlier can claim it neither before it is due nor twice. */
function requeueRun(run: RunState, fields: Partial<RunState>, dueAtMs: number): Changes {
  const queued: RunState = { ...run, ...fields, state: 'queued', fence: run.fence + 1 };
  return { runs: [queued], jobs: [{ kind: 'enqueue', runId: run.id, dueAtMs }] };
}

function recordResult(
  state: CurrentState,
  run: RunState,
  order: OrderState,
  { result, retryDelayMs }: InputOf<'run.settle'>,
): Changes {
  switch (result.state) {
    case 'passed':
      return recordPassed(state, run, order);
    case 'failed':
      return recordFailed(state, run, order, result.findings);
    case 'dead':
      return recordDead(state, run, order, result.error);
    case 'interrupted':
      if (run.attempt >= run.maxAttempts) return recordDead(state, run, order, result.error);
      return requeueRun(run, { error: result.error }, Date.parse(state.now) + retryDelayMs);
  }
}

function recordPassed(state: CurrentState, run: RunState, order: OrderState): Changes {
  const fields = { status: 'VALIDATED', validation: { id: run.id, state: 'passed' } } as const;
  const data = { validationId: run.id, policyVersion: run.policyVersion };
  return {
    ...createNextVersion(state, order, fields, systemInitiator, { type: 'order.validated', data }),
    ...endRun(state, run, { state: 'passed', error: null }),
  };
}

function recordFailed(state: CurrentState, run: RunState, order: OrderState, findings: Finding[]): Changes {
  const reason = findings.length === 1 ? 'The order violates 1 rule.' : `The order violates ${findings.length} rules.`;
  const fields: Partial<OrderState> = {
    status: 'REJECTED',
    validation: { id: run.id, state: 'failed' },
    rejection: { by: systemInitiator.actor, reason, findings },
  };
  const data = { reason, validationId: run.id, findings };
  return {
    ...createNextVersion(state, order, fields, systemInitiator, { type: 'order.rejected', data }),
    ...endRun(state, run, { state: 'failed', findings, error: null }),
  };
}

function recordDead(state: CurrentState, run: RunState, order: OrderState, error: string): Changes {
  const fields = { validation: { id: run.id, state: 'dead' } } as const;
  const data = { validationId: run.id, error };
  return {
    ...createNextVersion(state, order, fields, systemInitiator, { type: 'order.validation_dead', data }),
    ...endRun(state, run, { state: 'dead', error }),
  };
}

type StartSettings = RunSettings & { initiator: Initiator };
type StartedRun = OrderChange & Decision<'order.validate'>;

/** Starts a new run of an order. */
export function startNewRun(state: CurrentState, order: OrderState, settings: StartSettings): StartedRun {
  const run = { id: state.nextId('run'), orderId: order.id, fence: 0, createdAt: state.now };
  return startRun(state, order, run, settings, false);
}

/** Starts a dead run of an order again. The new fence invalidates claims that saw the run before. */
export function restartRun(
  state: CurrentState,
  order: OrderState,
  previous: RunState,
  settings: StartSettings,
): StartedRun {
  return startRun(state, order, { ...previous, fence: previous.fence + 1 }, settings, true);
}

/**
 * Starts a run with the current order version and the current policy. Its first attempt begins at once if this node has
 * free capacity. A run with a single attempt waits for a thread: it would become dead if the process ended before a
 * thread is free.
 */
function startRun(
  state: CurrentState,
  order: OrderState,
  { id, orderId, fence, createdAt }: Pick<RunState, 'id' | 'orderId' | 'fence' | 'createdAt'>,
  { initiator, policyVersion, maxAttempts }: StartSettings,
  isRetry: boolean,
): StartedRun {
  const change = createNextVersion(state, order, { validation: { id, state: 'open' } }, initiator, {
    type: 'order.validation_started',
    data: { validationId: id, policyVersion, isRetry },
  });
  const { version: orderVersion } = order;
  const queued = createRun({ id, orderId, orderVersion, maxAttempts, policyVersion, createdAt, fence });
  const dueAtMs = Date.parse(state.now);
  const leaseMs = maxAttempts > 1 ? state.reserveAttemptLeaseMs() : undefined;
  if (leaseMs === undefined) {
    return { ...change, runs: [queued], jobs: [{ kind: 'enqueue', runId: id, dueAtMs }], result: queued };
  }
  const run = startAttempt(queued, state.now);
  const job = { kind: 'enqueue', runId: id, dueAtMs, leasedUntilMs: dueAtMs + leaseMs } as const;
  return { ...change, runs: [run], jobs: [job], begun: [{ run, order: change.orders[0] }], result: run };
}

/** Ends a run with the given fields, and removes its job. */
export function endRun(state: CurrentState, run: RunState, fields: Partial<RunState>): Pick<Changes, 'runs' | 'jobs'> {
  return { runs: [{ ...run, ...fields, finishedAt: state.now }], jobs: [{ kind: 'remove', runId: run.id }] };
}
