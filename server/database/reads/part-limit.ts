// Limits the text of a part. Reading all rows of a part at once is faster than stopping at its limit, and is done while
// the rows of a statement have been so short that this cannot take much memory.

import type { Part, PartLimits } from './slice.ts';

/** The most characters of text in a row of the earlier parts of a statement; undefined before the first row. */
export type RowLength = { max: number | undefined };

/** Whether all rows of a part can be read at once. A part has one row at least, however long. */
export function areRowsShort({ max }: RowLength, { rows, bytes }: PartLimits): boolean {
  return rows === 1 || (max !== undefined && max * rows <= bytes);
}

/** Takes whole rows until their text would exceed the limit, and at least one. */
export function takePart<Result>(
  source: Iterable<readonly unknown[]>,
  convert: (values: readonly unknown[]) => Result,
  { bytes }: PartLimits,
  rowLength: RowLength,
): Part<Result> {
  const limit = new TextLimit(bytes, rowLength);
  const rows: Result[] = [];
  for (const values of source) {
    if (!limit.add(values) && rows.length > 0) return { rows, isCut: true };
    rows.push(convert(values));
  }
  return { rows, isCut: false };
}

/** Counts the bytes of all texts of rows. They are measured only when their lengths show that the limit may be near. */
class TextLimit {
  readonly #maxBytes: number;
  readonly #rowLength: RowLength;
  #bytes = 0;
  /** No text has more than three bytes of UTF-8 for each code unit of UTF-16. */
  #unmeasuredLength = 0;
  #unmeasured: (readonly unknown[])[] = [];

  constructor(maxBytes: number, rowLength: RowLength) {
    this.#maxBytes = maxBytes;
    this.#rowLength = rowLength;
  }

  /** Adds a row. Returns whether the rows so far are within the limit. */
  add(values: readonly unknown[]): boolean {
    let length = 0;
    for (const value of values) if (typeof value === 'string') length += value.length;
    this.#rowLength.max = Math.max(this.#rowLength.max ?? 0, length);
    this.#unmeasuredLength += length;
    this.#unmeasured.push(values);
    if (this.#bytes + 3 * this.#unmeasuredLength <= this.#maxBytes) return true;
    for (const row of this.#unmeasured) {
      for (const value of row) if (typeof value === 'string') this.#bytes += Buffer.byteLength(value);
    }
    this.#unmeasured = [];
    this.#unmeasuredLength = 0;
    return this.#bytes <= this.#maxBytes;
  }
}
