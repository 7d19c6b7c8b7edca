// The routes of the validation policy.

import { z } from 'zod';
import { finding } from './finding.ts';
import { newOrder } from './order.ts';
import { idempotencyHeaders } from './preconditions.ts';
import { contractBuilder, metadata, noQuery, problems, problemsWithBody } from './route.ts';

const ruleExample = {
  id: 'no-zero-prices',
  description: 'Nothing is given away',
  expression: 'order.items.all(item, item.unitPrice > 0)',
  message: 'Every item must have a price',
};

const rule = z
  .object({
    id: z.string(),
    description: z.string(),
    expression: z.string().meta({ description: 'CEL; true where the order satisfies the rule' }),
    message: z.string().meta({ description: 'What a finding of this rule says' }),
  })
  .meta({
    title: 'Rule',
    example: ruleExample,
  });

const policy = z
  .object({
    version: z.string().meta({ description: 'Follows from the rules: same rules, same version' }),
    rules: z.array(rule),
  })
  .meta({ title: 'Policy', example: { version: '3f9a1c5e2b77', rules: [ruleExample] } });

const policyCheck = z
  .object({
    findings: z.array(finding),
    error: z.string().nullable().meta({ description: 'Why the rules could not be run, where they could not' }),
  })
  .meta({ title: 'PolicyCheck', example: { findings: [], error: null } });

export type Rule = z.infer<typeof rule>;
export type PolicyCheck = z.infer<typeof policyCheck>;

export const policyRoutes = contractBuilder.router({
  get: {
    method: 'GET',
    path: '/policy',
    summary: 'Read the validation rules in force',
    query: noQuery,
    responses: { 200: policy, ...problems() },
    metadata: metadata('Policy', 'orders:read'),
  },
  check: {
    method: 'POST',
    path: '/policy/check',
    summary: 'Try an order against the rules',
    description: 'Nothing of it is kept but the answer, where the request names an Idempotency-Key.',
    headers: idempotencyHeaders,
    query: noQuery,
    body: newOrder,
    responses: { 200: policyCheck, ...problemsWithBody('idempotency-key-reused') },
    metadata: metadata('Policy', 'orders:read'),
  },
});
