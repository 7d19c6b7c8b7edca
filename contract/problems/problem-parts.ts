// The building blocks of the problem table: the shape of a definition, and members that several problems share.

import { z } from 'zod';

/**
 * A violated constraint of a request. `pointer` is a JSON Pointer (RFC 6901) into the body, or starts with `/query/`,
 * `/path/` or `/header/`.
 */
export const fieldError = z
  .object({
    pointer: z.string().meta({
      description:
        'JSON Pointer (RFC 6901) to the invalid value in the body. The empty string is the whole body. Pointers to ' +
        'parameters and headers start with `/path/`, `/query/` or `/header/`.',
    }),
    detail: z.string().meta({ description: 'The constraint that the value violates' }),
  })
  .meta({
    title: 'FieldError',
    description: 'A violated constraint of a request',
    example: { pointer: '/items/0/quantity', detail: 'must be at least 1' },
  });

/** See {@link fieldError}. */
export type FieldError = z.infer<typeof fieldError>;

/**
 * One row of the problem table. `members` are the additional members beside those of RFC 9457, and `example` is an
 * example of them.
 */
export type ProblemDefinition = {
  status: number;
  title: string;
  meaning: string;
  remedy: string;
  members: z.ZodRawShape;
  example: object;
};

/** A positive integer with a description. */
export function positive(description: string) {
  return z.int().min(1).meta({ description });
}

/** The additional members of temporary problems. */
export const retryAfter = {
  retryAfterSeconds: z
    .int()
    .min(1)
    .meta({ description: 'Seconds to wait before the next attempt, as in the Retry-After header' }),
};
