// Who did it.

import { z } from 'zod';

/** A person or program that called the service, or the service itself (`system`). */
export const actor = z
  .object({ type: z.enum(['user', 'system']), id: z.string() })
  .meta({ title: 'Actor', example: { type: 'user', id: 'ann' } });

export type Actor = z.infer<typeof actor>;
