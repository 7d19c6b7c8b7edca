// A finding: the violation of a rule by an order.

import { z } from 'zod';

/** The violation of a rule by an order. */
export const finding = z
  .object({
    rule: z.string().meta({ description: 'Id of the rule in the policy' }),
    message: z.string().meta({ description: 'The message of the rule, for people' }),
  })
  .meta({
    title: 'Finding',
    description: 'The violation of a rule by an order',
    example: { rule: 'no-zero-prices', message: 'Every item must have a price' },
  });

/** See {@link finding}. */
export type Finding = z.infer<typeof finding>;
