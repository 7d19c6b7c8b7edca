// The routes of the validation policy.

import { z } from 'zod';
import { finding } from '../schemas/finding.ts';
import { newOrder } from '../schemas/order.ts';
import { idempotencyHeaders } from '../schemas/preconditions.ts';
import { contractBuilder, metadata, noQuery, problems, problemsWithBody } from './route.ts';

const ruleExample = {
  id: 'no-zero-prices',
  description: 'Items must not be free.',
  expression: 'order.items.all(item, item.unitPrice > 0)',
  message: 'Every item must have a price',
};

const rule = z
  .object({
    id: z.string().meta({ description: 'Id of the rule' }),
    description: z.string().meta({ description: 'What the rule requires, for people' }),
    expression: z.string().meta({ description: 'CEL expression that is true if the order satisfies the rule' }),
    message: z.string().meta({ description: 'The message of a finding of this rule' }),
  })
  .meta({
    title: 'Rule',
    description: 'A rule of the validation policy',
    example: ruleExample,
  });

const policy = z
  .object({
    version: z
      .string()
      .meta({ description: 'Hash of the rules. Equal rules have equal versions.', example: '3f9a1c5e2b77' }),
    rules: z.array(rule).meta({ description: 'The rules, in the order of the policy file' }),
  })
  .meta({
    title: 'Policy',
    description: 'The validation policy',
  });

const policyCheck = z
  .object({
    findings: z.array(finding).meta({ description: 'Violated rules' }),
    error: z.string().nullable().meta({ description: 'Why the rules could not be evaluated, or null' }),
  })
  .meta({
    title: 'PolicyCheck',
    description: 'The result of evaluating the rules',
    example: { findings: [], error: null },
  });

/** A rule of the validation policy. */
export type Rule = z.infer<typeof rule>;
/** The result of evaluating the rules without creating an order. */
export type PolicyCheck = z.infer<typeof policyCheck>;

/** The routes of the validation policy. */
export const policyRoutes = contractBuilder.router({
  get: {
    method: 'GET',
    path: '/policy',
    summary: 'Get the validation policy',
    description: 'Returns the rules that new validations use.',
    query: noQuery,
    responses: { 200: policy, ...problems() },
    metadata: metadata('Policy', 'orders:read'),
  },
  check: {
    method: 'POST',
    path: '/policy/check',
    summary: 'Evaluate the rules for an order',
    description:
      'Evaluates the rules without creating an order. Only the response is stored, and only if the request has an ' +
      '`Idempotency-Key`.',
    headers: idempotencyHeaders,
    query: noQuery,
    body: newOrder,
    responses: { 200: policyCheck, ...problemsWithBody('idempotency-key-reused') },
    metadata: metadata('Policy', 'orders:read'),
  },
});
