// Counts the requests of each key in windows of one minute. A window begins with the first request of its key. Memory
// is bounded, and counting takes the same time for any number of keys.

import { LruMap } from '../../shared/lru-map.ts';

/** The requests of a key in its current window, and the end of the window in milliseconds since the epoch. */
export type RateWindow = { count: number; endMs: number };

/** Storage of a limit. It is synchronous, so that no request waits; nodes share their counts in the background. */
export type RateCounter = {
  /** Counts requests of the key and returns its window. @param count @default 1 */
  increment(key: string, nowMs: number, count?: number): RateWindow;
};

/** The length of a window, in milliseconds. */
export const windowMs = 60_000;

/** The default limit of keys. Each takes 100 to 200 bytes. */
const defaultMaxKeys = 100_000;

/** The counter of one limit, in the memory of this process. */
export class WindowCounter implements RateCounter {
  /** Beyond the limit, the windows of the keys that have sent no request for the longest time are dropped. */
  readonly #windows: LruMap<string, RateWindow>;

  constructor(maxKeys = defaultMaxKeys) {
    this.#windows = new LruMap(maxKeys);
  }

  increment(key: string, nowMs: number, count = 1): RateWindow {
    const window = this.#windows.get(key);
    if (window === undefined || !isCurrent(window, nowMs)) return this.#begin(key, nowMs, count);
    window.count += count;
    return window;
  }

  /** Returns the current window of a key. Undefined if the key has none. */
  find(key: string, nowMs: number): RateWindow | undefined {
    const window = this.#windows.get(key);
    return window !== undefined && isCurrent(window, nowMs) ? window : undefined;
  }

  #begin(key: string, nowMs: number, count: number): RateWindow {
    const window = { count, endMs: nowMs + windowMs };
    this.#windows.set(key, window);
    return window;
  }
}

/** The lower bound ends windows that a clock set back would make longer. */
function isCurrent({ endMs }: RateWindow, nowMs: number): boolean {
  return nowMs < endMs && nowMs >= endMs - windowMs;
}
