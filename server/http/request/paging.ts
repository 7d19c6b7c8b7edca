// Cursors: where a page ended, bound to the list, its filters and its order, so that none can be used for another.

import { createHash } from 'node:crypto';
import type { Page } from '../../../contract/page.ts';
import type { Slice } from '../../database/slice.ts';
import { invalidRequest } from '../../domain/problem.ts';
import { JsonText, joinJson } from '../../shared/json-text.ts';

type PageQuery = { limit: number; offset?: number | undefined; cursor?: string | undefined };

/**
 * Reads a page, and says how to go on.
 * @param list what a cursor belongs to: the name of the list, its filters, its order
 * @param read reads a slice of the list
 * @param keyOf names what the list is sorted by
 * @throws ProblemError `invalid-request`: a cursor that is damaged, or of another list
 */
export async function readPage<Row>(
  { limit, offset, cursor }: PageQuery,
  list: unknown,
  read: (slice: Slice) => Promise<Row[]>,
  keyOf: (row: Row) => number,
): Promise<{ data: Row[]; page: Page }> {
  const after = cursor === undefined ? undefined : readCursor(cursor, list);
  // One more than the page has: whether there is another is seen by that.
  const rows = await read({ after, offset: offset ?? 0, limit: limit + 1 });
  const data = rows.slice(0, limit);
  const last = rows.length > limit ? data.at(-1) : undefined;
  const nextCursor = last === undefined ? null : writeCursor(keyOf(last), list);
  return { data, page: { limit, offset: cursor === undefined ? (offset ?? 0) : null, nextCursor } };
}

/** A page whose rows are written out. */
export function toPageJson<Row, PageInfo extends Page>(
  rows: readonly { json: JsonText<Row> }[],
  page: PageInfo,
): JsonText<{ data: Row[]; page: PageInfo }> {
  return new JsonText(`{"data":${joinJson(rows.map(({ json }) => json)).text},"page":${JSON.stringify(page)}}`);
}

function writeCursor(key: number, list: unknown): string {
  return Buffer.from(`${key}.${computeChecksum(key, list)}`).toString('base64url');
}

function readCursor(cursor: string, list: unknown): number {
  const [key, checksum] = Buffer.from(cursor, 'base64url').toString('latin1').split('.');
  const number = Number(key);
  if (
    !Number.isSafeInteger(number) ||
    checksum !== computeChecksum(number, list) ||
    writeCursor(number, list) !== cursor
  ) {
    throw invalidRequest([{ pointer: '/query/cursor', detail: 'is not a cursor of this list' }]);
  }
  return number;
}

function computeChecksum(key: number, list: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([key, list]))
    .digest('base64url')
    .slice(0, 16);
}
