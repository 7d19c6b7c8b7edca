// Configuration of order validation.

import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { integerVariable } from './variables.ts';

export type ValidationConfig = {
  /** The path of the policy file. Undefined: the default policy. */
  policyPath: string | undefined;
  /** The longest time for evaluating the rules for one order, in milliseconds. */
  validationTimeoutMs: number;
  /** The attempts of a run. It is dead if the last one times out or its process dies. */
  validationAttempts: number;
  /** The number of worker threads that evaluate rules. */
  validationThreads: number;
};

export const validationVariables = {
  VALIDATION_POLICY: z.string().min(1).optional(),
  VALIDATION_TIMEOUT_MS: integerVariable(10, 600_000).default(5_000),
  VALIDATION_ATTEMPTS: integerVariable(1, 100).default(5),
  VALIDATION_THREADS: integerVariable(1, 64).default(Math.max(1, availableParallelism() - 1)),
};

type Values = z.infer<z.ZodObject<typeof validationVariables>>;

export function toValidationConfig(values: Values): ValidationConfig {
  return {
    policyPath: values.VALIDATION_POLICY,
    validationTimeoutMs: values.VALIDATION_TIMEOUT_MS,
    validationAttempts: values.VALIDATION_ATTEMPTS,
    validationThreads: values.VALIDATION_THREADS,
  };
}
