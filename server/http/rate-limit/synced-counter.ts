// Counts in the memory of this process, and remembers what the other nodes have not been told of yet. What they have
// counted is learnt in the background: an answer never waits for it.

import { type Counter, type CountingWindow, WindowCounter, windowMs } from './window-counter.ts';

/** What has been counted here of a key, in the window that ends then. */
export type Untold = { readonly key: string; readonly count: number; readonly endMs: number };

/** Of how many keys it remembers that they are to be told. What is counted of others is known here alone. */
const maxUntold = 10_000;

export class SharedCounter implements Counter {
  readonly #windows = new WindowCounter();
  readonly #untold = new Map<string, number>();

  take(key: string, nowMs: number): CountingWindow {
    const window = this.#windows.take(key, nowMs);
    const untold = this.#untold.get(key);
    if (untold === undefined && this.#untold.size >= maxUntold) return window;
    // What had not been told of a window that is over does not matter any more.
    this.#untold.set(key, window.count === 1 ? 1 : (untold ?? 0) + 1);
    return window;
  }

  /** Hands out what is to be told, of so many keys at most: those first that have waited longest. */
  *takeUntold(nowMs: number, maxKeys: number): Generator<Untold> {
    let left = maxKeys;
    for (const [key, count] of this.#untold) {
      if (left === 0) return;
      left -= 1;
      this.#untold.delete(key);
      const window = this.#windows.find(key, nowMs);
      if (window) yield { key, count, endMs: window.endMs };
    }
  }

  /** Takes back what could not be told. */
  takeBack({ key, count, endMs }: Untold, nowMs: number): void {
    if (this.#windows.find(key, nowMs)?.endMs !== endMs) return;
    this.#untold.set(key, count + (this.#untold.get(key) ?? 0));
  }

  /** Takes over how much all have counted together, and until when. */
  learn(key: string, known: CountingWindow, nowMs: number): void {
    const window = this.#windows.find(key, nowMs);
    if (!window || known.endMs <= nowMs) return;
    const count = known.count + (this.#untold.get(key) ?? 0);
    // The counts of all may have been lost; what is known here was counted nevertheless.
    window.count = window.endMs === known.endMs ? Math.max(window.count, count) : count;
    // The clock of another node may be ahead.
    window.endMs = Math.min(known.endMs, nowMs + windowMs);
  }
}
