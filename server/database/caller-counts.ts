// What several nodes count of callers together, each in windows of time that end.

export type CallerCount = {
  /** Names what is counted: 32 hexadecimal digits. */
  key: string;
  count: number;
  /** When its window ends, in milliseconds since the epoch. */
  endMs: number;
};

/** A window is under way when it ends after `afterMs` and not after `untilMs`. Milliseconds since the epoch. */
export type ActiveWindows = { afterMs: number; untilMs: number };

export type CallerCounts = {
  /** Adds to windows that are under way, and begins the others; answers how they stand by now, in any order. */
  add(added: readonly CallerCount[], ends: ActiveWindows): Promise<CallerCount[]>;
  /** Deletes windows that are not under way: some of them. */
  purge(ends: ActiveWindows): Promise<void>;
};
