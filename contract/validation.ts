// What a validation is on the wire: one durable run of the policy against one version of an order.

import { z } from 'zod';
import { finding } from './finding.ts';
import { id, timestamp } from './primitives.ts';

/** `queued` and `running` are open, the others are ends. `failed`: a rule said no. `dead`: it could not be run. */
const validationStates = ['queued', 'running', 'passed', 'failed', 'dead', 'cancelled'] as const;
export type ValidationState = (typeof validationStates)[number];

/** The states of a run that has not ended. */
export const openValidationStates: readonly ValidationState[] = ['queued', 'running'];

export const validationExample = {
  id: 7,
  orderId: 42,
  orderVersion: 2,
  state: 'queued',
  attempt: 0,
  maxAttempts: 5,
  policyVersion: '3f9a1c5e2b77',
  findings: [],
  error: null,
  createdAt: '2026-05-04T10:16:00.000Z',
  startedAt: null,
  finishedAt: null,
};

export const validation = z
  .object({
    id,
    orderId: id,
    orderVersion: z.int().min(1).meta({ description: 'The version of the order when the run was started' }),
    state: z.enum(validationStates),
    attempt: z.int().min(0).meta({ description: 'How often it was tried; 0 while it waits for the first time' }),
    maxAttempts: z.int().min(1),
    policyVersion: z.string().meta({ description: 'The version of the rules that judge it' }),
    findings: z.array(finding),
    error: z.string().nullable().meta({ description: 'Why the latest attempt could not be run' }),
    createdAt: timestamp,
    startedAt: timestamp.nullable(),
    finishedAt: timestamp.nullable(),
  })
  .meta({
    title: 'Validation',
    example: validationExample,
  });

export type Validation = z.infer<typeof validation>;
