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

/** Whether a run has not ended yet. */
export function isOpen(run: RunState): boolean {
  return openValidationStates.includes(run.state);
}

/** The validation of the contract: a run without its fence. */
export function toValidation({ fence: _, ...validation }: RunState): Validation {
  return validation;
}
