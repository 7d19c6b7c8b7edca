// The actor of a change.

import { z } from 'zod';

/** The caller of the service, a person or a program (`user`), or the service itself (`system`). */
export const actor = z
  .object({ type: z.enum(['user', 'system']), id: z.string() })
  .meta({ title: 'Actor', example: { type: 'user', id: 'ann' } });

/** See {@link actor}. */
export type Actor = z.infer<typeof actor>;
