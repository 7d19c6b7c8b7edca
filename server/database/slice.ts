// A part of a sorted list.

export type Slice = {
  /** The key that the page before ended with, in the order of the list. */
  after: number | undefined;
  /** How many to pass over. */
  offset: number;
  limit: number;
};
