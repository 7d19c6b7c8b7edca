// A part of a sorted list.

export type Slice = {
  /** The key of the last row of the previous page. */
  after: number | undefined;
  /** How many rows to skip. */
  offset: number;
  limit: number;
};
