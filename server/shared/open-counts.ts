// Counts open items, such as connections and streams, per key.

import type { EventEmitter } from 'node:events';

/** The numbers of open items. Keys without open items take no memory. */
export class OpenCounts {
  readonly #counts = new Map<string, number>();

  /** Returns the number of open items of a key. */
  count(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  /** Counts an item of a key until it emits `close`. */
  add(key: string, item: EventEmitter): void {
    this.#counts.set(key, this.count(key) + 1);
    item.once('close', () => {
      const left = this.count(key) - 1;
      if (left > 0) this.#counts.set(key, left);
      else this.#counts.delete(key);
    });
  }
}
