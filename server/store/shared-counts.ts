// What several nodes count together, each in windows of time that end.

export type SharedCount = {
  /** Names what is counted: 32 hexadecimal digits. */
  key: string;
  count: number;
  /** When its window ends, in milliseconds since the epoch. */
  endMs: number;
};

/** Between these moments, in milliseconds since the epoch, ends whatever goes on. */
export type Ends = { afterMs: number; untilMs: number };

export type SharedCounts = {
  /** Adds to windows that go on, and begins the others; answers how they stand by now, in any order. */
  add(added: readonly SharedCount[], ends: Ends): Promise<SharedCount[]>;
  /** Deletes windows that do not go on: some of them. */
  forget(ends: Ends): Promise<void>;
};
