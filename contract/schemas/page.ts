// Paging of lists: by `limit` with `offset`, or by `limit` with `cursor`.

import { z } from 'zod';
import { integerParameter, text } from './primitives.ts';

const defaultLimit = 10;
/** The maximum number of entries on a page. */
export const maxLimit = 100;
const maxOffset = 10_000;

/** The `limit` parameter: the maximum number of entries to return. @default 10 */
export const limitParameter = integerParameter(
  1,
  maxLimit,
  'The maximum number of entries to return. A page ends earlier at about 1 MiB.',
).default(defaultLimit);

/** The query parameters of every list. `cursor` and `offset` exclude each other. */
export const pageParameters = {
  limit: limitParameter,
  offset: integerParameter(
    0,
    maxOffset,
    'The number of entries to skip. Writes between two requests shift the pages: use `cursor` to read a whole list. ' +
      'Cannot be combined with `cursor`.',
  ).optional(),
  cursor: text(1, 200)
    .optional()
    .meta({ description: '`nextCursor` of the previous page. Valid only with the same filters.' }),
};

type PageStart = { offset?: number | undefined; cursor?: string | undefined };

/** Refinement of a list query: rejects `offset` and `cursor` in the same request. */
export function rejectOffsetWithCursor({ offset, cursor }: PageStart, context: z.RefinementCtx): void {
  if (offset === undefined || cursor === undefined) return;
  context.addIssue({ code: 'custom', message: 'must not be combined with offset', path: ['cursor'] });
}

/** The query of a list that has no filters. */
export const pageQuery = z.strictObject(pageParameters).superRefine(rejectOffsetWithCursor);

const pageFields = {
  limit: z.int().min(1).max(maxLimit).meta({ description: 'The maximum number of entries of the page' }),
  offset: z
    .int()
    .min(0)
    .max(maxOffset)
    .nullable()
    .meta({ description: 'The number of skipped entries, or null if the request used a cursor' }),
  nextCursor: z
    .string()
    .nullable()
    .meta({
      description:
        'The value of `cursor` for the next page, or null on the last page. Only null marks the last page: a page ' +
        'before it can have fewer entries than `limit`.',
    }),
};

const pageExample = { limit: defaultLimit, offset: 0, nextCursor: null };

/** The position of a page in its list, and the cursor of the next page. */
export const page = z.object(pageFields).meta({
  title: 'Page',
  description: 'The position of a page in its list',
  example: pageExample,
});

/** A page of a list that can also return its total. */
export const countedPage = z
  .object({
    ...pageFields,
    total: z.int().min(0).optional().meta({
      description:
        'The total number of entries, at most 10,000 if `totalIsCapped`. Present only with `withTotal=true`.',
    }),
    totalIsCapped: z.boolean().optional().meta({ description: 'Whether the list has more entries than `total`' }),
  })
  .meta({
    title: 'CountedPage',
    description: 'The position of a page in its list, and the total if requested',
    example: { ...pageExample, total: 1, totalIsCapped: false },
  });

/** See {@link page}. */
export type Page = z.infer<typeof page>;

/** The schema of a page of a list without total. */
export function pageSchema<Item extends z.ZodType>(title: string, description: string, item: Item) {
  return z.object({ data: z.array(item), page }).meta({ title, description });
}
