// Pages and their cursors. A cursor is bound to its list, filters and sort order, and cannot be used with others.

import { createHash } from 'node:crypto';
import type { Page } from '../../../contract/schemas/page.ts';
import type { Part, Slice } from '../../database/reads/slice.ts';
import { createInvalidRequestProblem } from '../../domain/problem.ts';
import { concatenate, JsonText } from '../../shared/json-text.ts';
import type { ServiceResponse } from './request.ts';

type PageRequest = {
  query: { limit: number; offset?: number | undefined; cursor?: string | undefined };
  res: Pick<ServiceResponse, 'maxPageBytes'>;
};

/**
 * Reads a page and the cursor of the next one. A page that reaches the limit of bytes has fewer rows than `limit`.
 * @param list identifies the list in its cursors: the name of the list, its filters, its order
 * @param read reads a slice of the list
 * @param getKey returns the sort key of a row
 * @throws RequestProblem `invalid-request`: the cursor is damaged or belongs to another list
 */
export async function readPage<Row>(
  { query: { limit, offset, cursor }, res }: PageRequest,
  list: unknown,
  read: (slice: Slice) => Promise<Part<Row>>,
  getKey: (row: Row) => number,
): Promise<{ data: Row[]; page: Page }> {
  const after = cursor === undefined ? undefined : parseCursor(cursor, list);
  // Reads one row more than the page has, to see whether there is another page.
  const { rows, isCut } = await read({ after, offset: offset ?? 0, limit: limit + 1, maxBytes: res.maxPageBytes });
  const data = rows.slice(0, limit);
  const last = isCut || rows.length > limit ? data.at(-1) : undefined;
  const nextCursor = last === undefined ? null : toCursor(getKey(last), list);
  return { data, page: { limit, offset: cursor === undefined ? (offset ?? 0) : null, nextCursor } };
}

/** Builds a page of serialized rows. */
export function toPageJson<Row, PageInfo extends object>(
  rows: readonly { json: JsonText<Row> }[],
  page: PageInfo,
): JsonText<{ data: Row[]; page: PageInfo }> {
  const parts = ['{"data":[', ...rows.map(toListItem), `],"page":${JSON.stringify(page)}}`];
  return new JsonText(concatenate(parts), parts);
}

function toListItem({ json }: { json: JsonText<unknown> }, index: number): string {
  return index === 0 ? json.text : `,${json.text}`;
}

function toCursor(key: number, list: unknown): string {
  return Buffer.from(`${key}.${computeChecksum(key, list)}`).toString('base64url');
}

function parseCursor(cursor: string, list: unknown): number {
  const [key, checksum] = Buffer.from(cursor, 'base64url').toString('latin1').split('.');
  const number = Number(key);
  if (
    !Number.isSafeInteger(number) ||
    checksum !== computeChecksum(number, list) ||
    toCursor(number, list) !== cursor
  ) {
    throw createInvalidRequestProblem([{ pointer: '/query/cursor', detail: 'is not a cursor of this list' }]);
  }
  return number;
}

function computeChecksum(key: number, list: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([key, list]))
    .digest('base64url')
    .slice(0, 16);
}
