// How every list is paged: by `limit` and `offset` for people, by `limit` and `cursor` for programs.

import { z } from 'zod';
import { integerParameter, text } from './primitives.ts';

const defaultLimit = 10;
export const maxLimit = 100;
const maxOffset = 10_000;

export const limitParameter = integerParameter(
  1,
  maxLimit,
  `How many at most; ${defaultLimit} where nothing is said`,
).default(defaultLimit);

/** The query parameters of every list. A cursor goes on where a page ended, and excludes an offset. */
export const pageParameters = {
  limit: limitParameter,
  offset: integerParameter(0, maxOffset, 'How many to pass over; not together with cursor').optional(),
  cursor: text(1, 200).optional().meta({ description: '`nextCursor` of the page before; bound to its filters' }),
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
  limit: z.int().min(1).max(maxLimit),
  offset: z.int().min(0).max(maxOffset).nullable().meta({ description: 'null on a page that a cursor led to' }),
  nextCursor: z.string().nullable().meta({ description: 'Leads to the next page; null on the last' }),
};

export const page = z.object(pageFields).meta({ title: 'Page' });

/** A page of a list that can count itself. */
export const countedPage = z
  .object({
    ...pageFields,
    total: z.int().min(0).optional().meta({ description: 'How many there are in all; with `withTotal=true`' }),
    totalIsCapped: z.boolean().optional().meta({ description: 'Whether there are more than `total` says' }),
  })
  .meta({ title: 'CountedPage' });

export type Page = z.infer<typeof page>;

export const pageExample = { limit: defaultLimit, offset: 0, nextCursor: null };
