// Decides the commands of the background: claims, leases, verdicts. A verdict counts only while its run is open and
// its fence is the run's.

import type { Finding } from '../../contract/finding.ts';
import type { Decision } from '../commands/command-bus.ts';
import { nextVersion, systemInitiator } from './order-change.ts';
import type { RunCommands, Verdict } from './run-commands.ts';
import { type Changes, isOpen, type OrderState, type RunState, type State } from './state.ts';

type Input<Type extends keyof RunCommands> = RunCommands[Type]['input'];
type DecisionOf<Type extends keyof RunCommands> = Decision<RunCommands[Type]['answer']>;

export function decideClaim(state: State, command: Input<'run.claim'>): DecisionOf<'run.claim'> {
  const { run, order } = runAndOrder(state, command.runId);
  if (!isOpen(run)) return { jobs: [{ kind: 'remove', runId: run.id }], answer: undefined };
  if (run.fence !== command.fence) return { answer: undefined };
  if (run.attempt >= run.maxAttempts) {
    return { ...deadChanges(state, run, order, 'The process ended during the last attempt.'), answer: undefined };
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
  return { runs: [claimed], jobs: [{ kind: 'lease', runId: run.id, until }], answer: { run: claimed, order } };
}

export function decideRenew(state: State, command: Input<'run.renew'>): DecisionOf<'run.renew'> {
  const { run } = runAndOrder(state, command.runId);
  if (!holds(run, command.fence)) return { answer: false };
  const until = Date.parse(state.now) + command.leaseMs;
  return { jobs: [{ kind: 'lease', runId: run.id, until }], answer: true };
}

export function decideSettle(state: State, command: Input<'run.settle'>): DecisionOf<'run.settle'> {
  const { run, order } = runAndOrder(state, command.runId);
  if (!holds(run, command.fence)) return { answer: false };
  return { ...verdictChanges(state, run, order, command.verdict), answer: true };
}

export function decideRelease(state: State, command: Input<'run.release'>): DecisionOf<'run.release'> {
  const { run } = runAndOrder(state, command.runId);
  if (!holds(run, command.fence)) return { answer: false };
  const attempt = command.countsAsAttempt ? run.attempt : run.attempt - 1;
  return { ...requeueRun(run, { attempt }, Date.parse(state.now)), answer: true };
}

export function decideRequeue(state: State, command: Input<'run.requeue'>): DecisionOf<'run.requeue'> {
  const { run } = runAndOrder(state, command.runId);
  if (!isOpen(run) || run.fence !== command.fence) return { answer: false };
  const job = { kind: 'restore', runId: run.id, dueAt: Date.parse(state.now) } as const;
  return { runs: [{ ...run, state: 'queued' }], jobs: [job], answer: true };
}

function runAndOrder(state: State, runId: number): { run: RunState; order: OrderState } {
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

function verdictChanges(state: State, run: RunState, order: OrderState, verdict: Verdict): Changes {
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

function passedChanges(state: State, run: RunState, order: OrderState): Changes {
  const fields = { status: 'VALIDATED', validation: { id: run.id, state: 'passed' } } as const;
  const data = { validationId: run.id, policyVersion: run.policyVersion };
  return {
    ...nextVersion(state, order, fields, systemInitiator, { type: 'order.validated', data }),
    ...endRun(state, run, { state: 'passed', error: null }),
  };
}

function failedChanges(state: State, run: RunState, order: OrderState, findings: Finding[]): Changes {
  const reason = findings.length === 1 ? 'One rule refused the order.' : `${findings.length} rules refused the order.`;
  const fields: Partial<OrderState> = {
    status: 'REJECTED',
    validation: { id: run.id, state: 'failed' },
    rejection: { by: systemInitiator.actor, reason, findings },
  };
  const data = { reason, validationId: run.id, findings };
  return {
    ...nextVersion(state, order, fields, systemInitiator, { type: 'order.rejected', data }),
    ...endRun(state, run, { state: 'failed', findings, error: null }),
  };
}

function deadChanges(state: State, run: RunState, order: OrderState, error: string): Changes {
  const fields = { validation: { id: run.id, state: 'dead' } } as const;
  const data = { validationId: run.id, error };
  return {
    ...nextVersion(state, order, fields, systemInitiator, { type: 'order.validation_dead', data }),
    ...endRun(state, run, { state: 'dead', error }),
  };
}

/** A run that has come to its end, and no longer needs its job. */
export function endRun(state: State, run: RunState, fields: Partial<RunState>): Pick<Changes, 'runs' | 'jobs'> {
  return { runs: [{ ...run, ...fields, finishedAt: state.now }], jobs: [{ kind: 'remove', runId: run.id }] };
}
