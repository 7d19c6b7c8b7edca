// Counts, for each key, what happens in a minute that begins with the first. It keeps no more than it is allowed,
// however many keys there are: those whose minute is over go first, then those whose minute is nearest to its end.

/** What has been counted for a key: how much, in the window that ends then (milliseconds since the epoch). */
export type RateWindow = { count: number; endMs: number };

/** What limits are counted by. It answers at once: where several processes share a count, it is shared behind this. */
export type RateCounter = {
  /** Counts one more for this key, and tells the window that it falls into. */
  increment(key: string, nowMs: number): RateWindow;
};

export const windowMs = 60_000;

/** How many callers are counted at once, for each limit: with 100 to 200 bytes each. */
const maxCallers = 100_000;

export class WindowCounter implements RateCounter {
  /** In the order in which the windows have begun, and so will end. */
  readonly #windows = new Map<string, RateWindow>();
  readonly #maxKeys: number;

  constructor(maxKeys = maxCallers) {
    this.#maxKeys = maxKeys;
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#windows.size;
  }

  increment(key: string, nowMs: number): RateWindow {
    const window = this.#windows.get(key);
    if (window === undefined || !isWithin(window, nowMs)) return this.#begin(key, nowMs);
    window.count += 1;
    return window;
  }

  /** The window of a key that goes on; undefined where there is none. */
  find(key: string, nowMs: number): RateWindow | undefined {
    const window = this.#windows.get(key);
    return window !== undefined && isWithin(window, nowMs) ? window : undefined;
  }

  #begin(key: string, nowMs: number): RateWindow {
    this.#windows.delete(key);
    for (const [oldKey, window] of this.#windows) {
      if (this.#windows.size < this.#maxKeys && isWithin(window, nowMs)) break;
      this.#windows.delete(oldKey);
    }
    const window = { count: 1, endMs: nowMs + windowMs };
    this.#windows.set(key, window);
    return window;
  }
}

/** A clock that was set back must not make a window longer. */
function isWithin({ endMs }: RateWindow, nowMs: number): boolean {
  return nowMs < endMs && nowMs >= endMs - windowMs;
}
