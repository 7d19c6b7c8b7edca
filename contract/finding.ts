// What a rule has to say against an order.

import { z } from 'zod';

export const finding = z
  .object({ rule: z.string().meta({ description: 'The id of the rule in the policy' }), message: z.string() })
  .meta({ title: 'Finding', example: { rule: 'no-zero-prices', message: 'Every item must have a price' } });

export type Finding = z.infer<typeof finding>;
