// Counts in the memory of this process, and remembers what the other nodes have not been told of yet. What they have
// counted is learnt in the background: an answer never waits for it.

import { type RateCounter, type RateWindow, WindowCounter, windowMs } from './window-counter.ts';

/** What has been counted here of a key, in the window that ends then. */
export type PendingCount = { readonly key: string; readonly count: number; readonly endMs: number };

/** Of how many keys it remembers that they are to be told. What is counted of others is known here alone. */
const maxPending = 10_000;

export class SyncedCounter implements RateCounter {
  readonly #windows = new WindowCounter();
  readonly #pending = new Map<string, number>();

  increment(key: string, nowMs: number): RateWindow {
    const window = this.#windows.increment(key, nowMs);
    const untold = this.#pending.get(key);
    if (untold === undefined && this.#pending.size >= maxPending) return window;
    // What had not been told of a window that is over does not matter any more.
    this.#pending.set(key, window.count === 1 ? 1 : (untold ?? 0) + 1);
    return window;
  }

  /** Hands out what is to be told, of so many keys at most: those first that have waited longest. */
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

  /** Takes back what could not be told. */
  restorePending({ key, count, endMs }: PendingCount, nowMs: number): void {
    if (this.#windows.find(key, nowMs)?.endMs !== endMs) return;
    this.#pending.set(key, count + (this.#pending.get(key) ?? 0));
  }

  /** Takes over how much all have counted together, and until when. */
  merge(key: string, known: RateWindow, nowMs: number): void {
    const window = this.#windows.find(key, nowMs);
    if (!window || known.endMs <= nowMs) return;
    const count = known.count + (this.#pending.get(key) ?? 0);
    // The counts of all may have been lost; what is known here was counted nevertheless.
    window.count = window.endMs === known.endMs ? Math.max(window.count, count) : count;
    // The clock of another node may be ahead.
    window.endMs = Math.min(known.endMs, nowMs + windowMs);
  }
}
