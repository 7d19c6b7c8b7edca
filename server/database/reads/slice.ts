// A part of a sorted list: as it is requested, and as it is read.

export type Slice = {
  /** The key of the last row of the previous page. */
  after: number | undefined;
  /** How many rows to skip. */
  offset: number;
  limit: number;
  /** The most bytes of text in the rows. @default `maxPartBytes` */
  maxBytes?: number | undefined;
};

/** The limits of a part: the `limit` of its query, and the bytes of text in its rows. */
export type PartLimits = { rows: number; bytes: number };

/** Rows as they were read. */
export type Part<Row> = {
  rows: Row[];
  /** Whether reading stopped at the limit of bytes, so that at least one more row follows. */
  isCut: boolean;
};

/**
 * The most bytes of text in the rows of a part. It has at least one row, however long. A limit of rows alone would not
 * bound memory: 100 rows can take 25 MB.
 */
export const maxPartBytes = 1_048_576;

export function mapPart<Row, Result>({ rows, isCut }: Part<Row>, convert: (row: Row) => Result): Part<Result> {
  return { rows: rows.map(convert), isCut };
}
