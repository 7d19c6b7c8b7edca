// A counter in memory that collects what other nodes have not received yet and merges what they have counted.
// `increment` never waits for the database.

import { type RateCounter, type RateWindow, WindowCounter, windowMs } from './window-counter.ts';

/** The requests of a key that this node has not sent to the database yet; `endMs` is the end of their window. */
export type PendingCount = { readonly key: string; readonly count: number; readonly endMs: number };

/** The most keys with pending counts. Requests of further keys are counted on this node only. */
const maxPendingKeys = 10_000;

/** The counter of one limit. `RateLimitSync` sends its pending counts and merges the shared ones. */
export class SyncedCounter implements RateCounter {
  readonly #windows = new WindowCounter();
  readonly #pending = new Map<string, number>();
  readonly #onPending: () => void;

  /** @param onPending called when there is a pending count again after there was none */
  constructor(onPending: () => void) {
    this.#onPending = onPending;
  }

  get hasPending(): boolean {
    return this.#pending.size > 0;
  }

  increment(key: string, nowMs: number, count = 1): RateWindow {
    const window = this.#windows.increment(key, nowMs, count);
    const pending = this.#pending.get(key);
    if (pending === undefined && this.#pending.size >= maxPendingKeys) return window;
    if (this.#pending.size === 0) this.#onPending();
    // A new window replaces the pending count of the previous one, which no longer matters.
    this.#pending.set(key, window.count === count ? count : (pending ?? 0) + count);
    return window;
  }

  /** Removes and yields the pending counts of at most `maxKeys` keys, those that have waited longest first. */
  *takePending(nowMs: number, maxKeys: number): Generator<PendingCount> {
    let left = maxKeys;
    for (const [key, count] of this.#pending) {
      if (left === 0) return;
      left -= 1;
      this.#pending.delete(key);
      const window = this.#windows.find(key, nowMs);
      if (window) yield { key, count, endMs: window.endMs };
    }
  }

  /** Adds back a count that could not be sent. It is dropped if its window has ended. */
  restorePending({ key, count, endMs }: PendingCount, nowMs: number): void {
    if (this.#windows.find(key, nowMs)?.endMs !== endMs) return;
    this.#pending.set(key, count + (this.#pending.get(key) ?? 0));
  }

  /** Applies the shared window of a key, as read from the database. */
  merge(key: string, shared: RateWindow, nowMs: number): void {
    const window = this.#windows.find(key, nowMs);
    if (!window || shared.endMs <= nowMs) return;
    const count = shared.count + (this.#pending.get(key) ?? 0);
    // In the same window, the count never decreases: the shared counts may have been lost in a crash of the database.
    window.count = window.endMs === shared.endMs ? Math.max(window.count, count) : count;
    // The clock of another node may be ahead.
    window.endMs = Math.min(shared.endMs, nowMs + windowMs);
  }
}
