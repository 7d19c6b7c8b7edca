// Validations as they are answered.

import type { Validation } from '../../contract/validation.ts';
import type { RunState } from './state.ts';

/** The fence is nobody's business but the runner's. */
export function toValidation({ fence: _, ...validation }: RunState): Validation {
  return validation;
}
