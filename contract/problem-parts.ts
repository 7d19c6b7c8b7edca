// What the table of problems is made of: what a row says, and the members that several of them have.

import { z } from 'zod';

/** One fault of a request: where (RFC 6901 pointer into the body, or `/query/…`, `/path/…`, `/header/…`) and what. */
export const fieldError = z
  .object({
    pointer: z.string().meta({ description: 'JSON pointer to the faulty value; the empty text is the whole body' }),
    detail: z.string(),
  })
  .meta({ title: 'FieldError', example: { pointer: '/items/0/quantity', detail: 'must be at least 1' } });

export type FieldError = z.infer<typeof fieldError>;

/** A row of the table of problems. `members` come besides those of RFC 9457; `example` is one of them. */
export type ProblemDefinition = {
  status: number;
  title: string;
  meaning: string;
  remedy: string;
  members: z.ZodRawShape;
  example: object;
};

/** The members of problems that pass with time. */
export const retryAfter = { retryAfterSeconds: z.int().min(1).meta({ description: 'As in the Retry-After header' }) };
