// Decides the commands of the background: claims, leases, verdicts. A verdict counts only while its run is open and
// its fence is the run's.

import type { Finding } from '../../contract/finding.ts';
import type { Decision, InputOf } from './commands.ts';
import { systemInitiator } from './event.ts';
import type { OrderState } from './order.ts';
import { createNextVersion } from './order-change.ts';
import { isOpen, type RunState } from './run.ts';
import type { Verdict } from './run-commands.ts';
import type { Changes, CurrentState } from './state.ts';

export function decideClaim(state: CurrentState, command: InputOf<'run.claim'>): Decision<'run.claim'> {
  const { run, order } = runAndOrder(state, command.runId);
  if (!isOpen(run)) return { jobs: [{ kind: 'remove', runId: run.id }], result: undefined };
  if (run.fence !== command.fence) return { result: undefined };
  if (run.attempt >= run.maxAttempts) {
    return { ...deadChanges(state, run, order, 'The process ended during the last attempt.'), result: undefined };
  }
  const claimed: RunState = {
    ...run,
    state: 'running',
    attempt: run.attempt + 1,
    fence: run.fence + 1,
    policyVersion: command.policyVersion,
    startedAt: run.startedAt ?? state.now,
  };
  const until = Date.parse(state.now) + command.leaseMs;
  return { runs: [claimed], jobs: [{ kind: 'lease', runId: run.id, until }], result: { run: claimed, order } };
}

export function decideRenew(state: CurrentState, command: InputOf<'run.renew'>): Decision<'run.renew'> {
  const { run } = runAndOrder(state, command.runId);
  if (!holds(run, command.fence)) return { result: false };
  const until = Date.parse(state.now) + command.leaseMs;
  return { jobs: [{ kind: 'lease', runId: run.id, until }], result: true };
}

export function decideSettle(state: CurrentState, command: InputOf<'run.settle'>): Decision<'run.settle'> {
  const { run, order } = runAndOrder(state, command.runId);
  if (!holds(run, command.fence)) return { result: false };
  return { ...verdictChanges(state, run, order, command.verdict), result: true };
}

export function decideRelease(state: CurrentState, command: InputOf<'run.release'>): Decision<'run.release'> {
  const { run } = runAndOrder(state, command.runId);
  if (!holds(run, command.fence)) return { result: false };
  const attempt = command.countsAsAttempt ? run.attempt : run.attempt - 1;
  return { ...requeueRun(run, { attempt }, Date.parse(state.now)), result: true };
}

export function decideRequeue(state: CurrentState, command: InputOf<'run.requeue'>): Decision<'run.requeue'> {
  const { run } = runAndOrder(state, command.runId);
  if (!isOpen(run) || run.fence !== command.fence) return { result: false };
  const job = { kind: 'restore', runId: run.id, dueAt: Date.parse(state.now) } as const;
  return { runs: [{ ...run, state: 'queued' }], jobs: [job], result: true };
}

function runAndOrder(state: CurrentState, runId: number): { run: RunState; order: OrderState } {
  const run = state.run(runId);
  const order = run && state.order(run.orderId);
  if (!run || !order) throw new Error(`run ${runId} or its order is missing`);
  return { run, order };
}

function holds(run: RunState, fence: number): boolean {
  return run.state === 'running' && run.fence === fence;
}

/** Whoever has seen it before, and comes late, must not claim it: not before it is due, nor beside the next one. */
function requeueRun(run: RunState, fields: Partial<RunState>, dueAt: number): Changes {
  const queued: RunState = { ...run, ...fields, state: 'queued', fence: run.fence + 1 };
  return { runs: [queued], jobs: [{ kind: 'enqueue', runId: run.id, dueAt }] };
}

function verdictChanges(state: CurrentState, run: RunState, order: OrderState, verdict: Verdict): Changes {
  switch (verdict.kind) {
    case 'passed':
      return passedChanges(state, run, order);
    case 'failed':
      return failedChanges(state, run, order, verdict.findings);
    case 'dead':
      return deadChanges(state, run, order, verdict.error);
    case 'retry':
      if (run.attempt >= run.maxAttempts) return deadChanges(state, run, order, verdict.error);
      return requeueRun(run, { error: verdict.error }, Date.parse(state.now) + verdict.delayMs);
  }
}

function passedChanges(state: CurrentState, run: RunState, order: OrderState): Changes {
  const fields = { status: 'VALIDATED', validation: { id: run.id, state: 'passed' } } as const;
  const data = { validationId: run.id, policyVersion: run.policyVersion };
  return {
    ...createNextVersion(state, order, fields, systemInitiator, { type: 'order.validated', data }),
    ...endRun(state, run, { state: 'passed', error: null }),
  };
}

function failedChanges(state: CurrentState, run: RunState, order: OrderState, findings: Finding[]): Changes {
  const reason = findings.length === 1 ? 'One rule refused the order.' : `${findings.length} rules refused the order.`;
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

function deadChanges(state: CurrentState, run: RunState, order: OrderState, error: string): Changes {
  const fields = { validation: { id: run.id, state: 'dead' } } as const;
  const data = { validationId: run.id, error };
  return {
    ...createNextVersion(state, order, fields, systemInitiator, { type: 'order.validation_dead', data }),
    ...endRun(state, run, { state: 'dead', error }),
  };
}

/** A run that has come to its end, and no longer needs its job. */
export function endRun(state: CurrentState, run: RunState, fields: Partial<RunState>): Pick<Changes, 'runs' | 'jobs'> {
  return { runs: [{ ...run, ...fields, finishedAt: state.now }], jobs: [{ kind: 'remove', runId: run.id }] };
}
