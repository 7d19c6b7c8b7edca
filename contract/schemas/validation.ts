// The schema of a validation: one durable run of the policy against one version of an order.

import { z } from 'zod';
import { finding } from './finding.ts';
import { id, timestamp } from './primitives.ts';

/** `queued` and `running` are open, all others are final. `dead`: the rules could not be evaluated. */
export const validationStates = ['queued', 'running', 'passed', 'failed', 'dead', 'cancelled'] as const;
/** The state of a validation. */
export type ValidationState = (typeof validationStates)[number];

/** The states of a validation that has not ended. */
export const openValidationStates: readonly ValidationState[] = ['queued', 'running'];

const validationExample = {
  id: 7,
  orderId: 42,
  orderVersion: 2,
  state: 'running',
  attempt: 1,
  maxAttempts: 5,
  policyVersion: '3f9a1c5e2b77',
  findings: [],
  error: null,
  createdAt: '2026-05-04T10:16:00.000Z',
  startedAt: '2026-05-04T10:16:00.000Z',
  finishedAt: null,
};

/** A validation as the service returns it. */
export const validation = z
  .object({
    id: id.meta({ description: 'Id of the validation' }),
    orderId: id.meta({ description: 'The validated order' }),
    orderVersion: z.int().min(1).meta({ description: 'The version of the order when the validation was started' }),
    state: z.enum(validationStates).meta({
      description:
        '`queued` and `running` are open states, all others are final. A validation is `running` from the start if the ' +
        'service has a free thread for it. `passed`: all rules are satisfied. `failed`: ' +
        'a rule is violated. `dead`: the rules could not be evaluated. `cancelled`: the order was rejected meanwhile.',
    }),
    attempt: z.int().min(0).meta({ description: 'Number of attempts so far. 0 before the first attempt.' }),
    maxAttempts: z.int().min(1).meta({ description: 'Maximum number of attempts' }),
    policyVersion: z.string().meta({ description: 'The version of the policy that the validation uses' }),
    findings: z.array(finding).meta({ description: 'Violated rules. Empty unless the state is `failed`.' }),
    error: z.string().nullable().meta({ description: 'Why the latest attempt failed, or null' }),
    createdAt: timestamp,
    startedAt: timestamp.nullable().meta({ description: 'Start of the latest attempt, or null before the first' }),
    finishedAt: timestamp.nullable().meta({ description: 'End of the validation, or null while it is open' }),
  })
  .meta({
    title: 'Validation',
    description: 'One evaluation of the rules for one version of an order',
    example: validationExample,
  });

/** See {@link validation}. */
export type Validation = z.infer<typeof validation>;
