// Counts the requests of each key in windows of one minute. A window begins with the first request of its key. Memory
// is bounded: ended windows are removed first, then the windows that end soonest.

/** The requests of a key in its current window, and the end of the window in milliseconds since the epoch. */
export type RateWindow = { count: number; endMs: number };

/** Storage of a limit. It is synchronous, so that no request waits; nodes share their counts in the background. */
export type RateCounter = {
  /** Counts a request of the key and returns its window. */
  increment(key: string, nowMs: number): RateWindow;
};

/** The length of a window, in milliseconds. */
export const windowMs = 60_000;

/** The default limit of keys. Each takes 100 to 200 bytes. */
const defaultMaxKeys = 100_000;

/** The counter of one limit, in the memory of this process. */
export class WindowCounter implements RateCounter {
  /** Insertion order is the order in which the windows begin and end. */
  readonly #windows = new Map<string, RateWindow>();
  readonly #maxKeys: number;

  constructor(maxKeys = defaultMaxKeys) {
    this.#maxKeys = maxKeys;
  }

  /** The number of keys in memory. */
  get size(): number {
    return this.#windows.size;
  }

  increment(key: string, nowMs: number): RateWindow {
    const window = this.#windows.get(key);
    if (window === undefined || !isCurrent(window, nowMs)) return this.#begin(key, nowMs);
    window.count += 1;
    return window;
  }

  /** Returns the current window of a key. Undefined if the key has none. */
  find(key: string, nowMs: number): RateWindow | undefined {
    const window = this.#windows.get(key);
    return window !== undefined && isCurrent(window, nowMs) ? window : undefined;
  }

  #begin(key: string, nowMs: number): RateWindow {
    this.#windows.delete(key);
    for (const [oldKey, window] of this.#windows) {
      if (this.#windows.size < this.#maxKeys && isCurrent(window, nowMs)) break;
      this.#windows.delete(oldKey);
    }
    const window = { count: 1, endMs: nowMs + windowMs };
    this.#windows.set(key, window);
    return window;
  }
}

/** The lower bound ends windows that a clock set back would make longer. */
function isCurrent({ endMs }: RateWindow, nowMs: number): boolean {
  return nowMs < endMs && nowMs >= endMs - windowMs;
}
