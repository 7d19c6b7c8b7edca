// The actor of a change.

import { z } from 'zod';

/** The caller of the service, a person or a program (`user`), or the service itself (`system`). */
export const actor = z
  .object({
    type: z
      .enum(['user', 'system'])
      .meta({ description: '`user`: a caller, a person or a program. `system`: the service itself.' }),
    id: z.string().meta({ description: 'The subject of the token of the caller; `anonymous` without authentication' }),
  })
  .meta({ title: 'Actor', description: 'Who made a change', example: { type: 'user', id: 'ann' } });

/** See {@link actor}. */
export type Actor = z.infer<typeof actor>;
