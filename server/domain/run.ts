// The stored state of a validation run, and the result of an attempt.

import type { Finding } from '../../contract/schemas/finding.ts';
import { openValidationStates, type Validation } from '../../contract/schemas/validation.ts';

/** A validation run as it is stored. */
export type RunState = Validation & {
  /**
   * Fencing token: increases with each claim and whenever the run is put back into the queue, and never decreases. A
   * command that carries another fence is stale.
   */
  fence: number;
};

/**
 * How an attempt ended. Worker threads return `passed`, `failed` or `dead`; the rule worker pool adds `interrupted`;
 * the command `run.settle` commits the result. An evaluation that its caller cancels has no result: it is `undefined`.
 */
export type RunResult =
  /** Every rule is true. */
  | { state: 'passed' }
  /** At least one rule is false. */
  | { state: 'failed'; findings: Finding[] }
  /** A rule, given by its id, cannot be evaluated. Another attempt would fail in the same way. */
  | { state: 'dead'; rule: string; error: string }
  /** Time or memory ran out. The run is queued again while it has attempts left, and becomes `dead` after the last. */
  | { state: 'interrupted'; error: string };

type NewRun = Pick<
  RunState,
  'id' | 'orderId' | 'orderVersion' | 'maxAttempts' | 'policyVersion' | 'createdAt' | 'fence'
>;

/** Creates a run that is queued for its first attempt. */
export function createRun(fields: NewRun): RunState {
  const { id, orderId, orderVersion, maxAttempts, policyVersion, createdAt, fence } = fields;
  // In the order of the members of a response.
  return {
    id,
    orderId,
    orderVersion,
    state: 'queued',
    attempt: 0,
    maxAttempts,
    policyVersion,
    findings: [],
    error: null,
    createdAt,
    startedAt: null,
    finishedAt: null,
    fence,
  };
}

/** Returns a run with its next attempt started. The new fence invalidates earlier claims. */
export function startAttempt(run: RunState, now: string): RunState {
  const { attempt, fence, startedAt } = run;
  return { ...run, state: 'running', attempt: attempt + 1, fence: fence + 1, startedAt: startedAt ?? now };
}

/** Whether a run has not ended yet. */
export function isOpen(run: RunState): boolean {
  return openValidationStates.includes(run.state);
}

/** The validation of the contract: a run without its fence. */
export function toValidation({ fence: _, ...validation }: RunState): Validation {
  return validation;
}
