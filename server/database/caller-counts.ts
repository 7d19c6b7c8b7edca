// Rate-limit counts of callers, shared by all nodes. Each count belongs to a time window that ends.

export type CallerCount = {
  /** Identifies what is counted: 32 hexadecimal digits. */
  key: string;
  count: number;
  /** The end of the window, in milliseconds since the epoch. */
  endMs: number;
};

/** A window is active if it ends after `afterMs` and not after `untilMs`, in milliseconds since the epoch. */
export type ActiveWindows = { afterMs: number; untilMs: number };

export type CallerCounts = {
  /** Adds to active windows and starts the others. Returns the resulting counts, in any order. */
  add(added: readonly CallerCount[], windows: ActiveWindows): Promise<CallerCount[]>;
  /** Deletes some of the windows that are not active. */
  purge(windows: ActiveWindows): Promise<void>;
};
