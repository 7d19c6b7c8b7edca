// Decides the commands of the background: claims, leases, verdicts. A verdict counts only while its run is open and
// its fence is the run's.

import type { Finding } from '../../contract/finding.ts';
import { changeOrder, systemOrigin } from '../events/change.ts';
import type { Decision } from '../store/door.ts';
import { type Changes, isOpen, type OrderState, type RunState, type State } from '../store/state.ts';
import type { Claim, RunCommands, Verdict } from './commands.ts';

type Input<Type extends keyof RunCommands> = RunCommands[Type]['input'];

export function decideClaim(state: State, command: Input<'run.claim'>): Decision<Claim | undefined> {
  const { run, order } = runAndOrder(state, command.runId);
  if (!isOpen(run)) return { jobs: [{ kind: 'remove', runId: run.id }], answer: undefined };
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

export function decideRenew(state: State, command: Input<'run.renew'>): Decision<boolean> {
  const { run } = runAndOrder(state, command.runId);
  if (!holds(run, command.fence)) return { answer: false };
  const until = Date.parse(state.now) + command.leaseMs;
  return { jobs: [{ kind: 'lease', runId: run.id, until }], answer: true };
}

export function decideSettle(state: State, command: Input<'run.settle'>): Decision<boolean> {
  const { run, order } = runAndOrder(state, command.runId);
  if (!holds(run, command.fence)) return { answer: false };
  return { ...verdictChanges(state, run, order, command.verdict), answer: true };
}

export function decideRelease(state: State, command: Input<'run.release'>): Decision<boolean> {
  const { run } = runAndOrder(state, command.runId);
  if (!holds(run, command.fence)) return { answer: false };
  const attempt = command.countsAsAttempt ? run.attempt : run.attempt - 1;
  return { ...queued(run, { attempt }, Date.parse(state.now)), answer: true };
}

export function decideRequeue(state: State, command: Input<'run.requeue'>): Decision<boolean> {
  const { run } = runAndOrder(state, command.runId);
  if (!isOpen(run)) return { answer: false };
  return { ...queued(run, {}, Date.parse(state.now)), answer: true };
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

function queued(run: RunState, fields: Partial<RunState>, dueAt: number): Changes {
  return { runs: [{ ...run, ...fields, state: 'queued' }], jobs: [{ kind: 'enqueue', runId: run.id, dueAt }] };
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
      return queued(run, { error: verdict.error }, Date.parse(state.now) + verdict.delayMs);
  }
}

function passedChanges(state: State, run: RunState, order: OrderState): Changes {
  const fields = { status: 'VALIDATED', validation: { id: run.id, state: 'passed' } } as const;
  const data = { validationId: run.id, policyVersion: run.policyVersion };
  return {
    ...changeOrder(state, order, fields, systemOrigin, { type: 'order.validated', data }),
    ...ended(state, run, { state: 'passed', error: null }),
  };
}

function failedChanges(state: State, run: RunState, order: OrderState, findings: Finding[]): Changes {
  const reason = findings.length === 1 ? 'A rule refused it.' : `${findings.length} rules refused it.`;
  const fields: Partial<OrderState> = {
    status: 'REJECTED',
    validation: { id: run.id, state: 'failed' },
    rejection: { by: systemOrigin.actor, reason, findings },
  };
  const data = { reason, validationId: run.id, findings };
  return {
    ...changeOrder(state, order, fields, systemOrigin, { type: 'order.rejected', data }),
    ...ended(state, run, { state: 'failed', findings, error: null }),
  };
}

function deadChanges(state: State, run: RunState, order: OrderState, error: string): Changes {
  const fields = { validation: { id: run.id, state: 'dead' } } as const;
  const data = { validationId: run.id, error };
  return {
    ...changeOrder(state, order, fields, systemOrigin, { type: 'order.validation_dead', data }),
    ...ended(state, run, { state: 'dead', error }),
  };
}

/** A run that has come to its end, and no longer needs its job. */
export function ended(state: State, run: RunState, fields: Partial<RunState>): Pick<Changes, 'runs' | 'jobs'> {
  return { runs: [{ ...run, ...fields, finishedAt: state.now }], jobs: [{ kind: 'remove', runId: run.id }] };
}
