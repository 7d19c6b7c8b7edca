// The stored state of a validation run.

import { openValidationStates, type Validation } from '../../contract/validation.ts';

/** A validation run as it is stored. */
export type RunState = Validation & {
  /**
   * Fencing token: increases with each claim and whenever the run is put back into the queue, and never decreases. A
   * command that carries another fence is stale.
   */
  fence: number;
};

/** Whether a run has not ended yet. */
export function isOpen(run: RunState): boolean {
  return openValidationStates.includes(run.state);
}

/** The validation of the contract: a run without its fence. */
export function toValidation({ fence: _, ...validation }: RunState): Validation {
  return validation;
}
