// A bounded map that drops the least recently used entries.

/**
 * A map of two generations. Entries that are used move to the current generation. When it is full, it replaces the
 * previous generation, which is dropped as a whole. Entries are never deleted one by one: a `Map` with many insertions
 * and deletions leaves a chain of old tables, which keeps dead entries alive from one garbage collection to the next.
 */
export class LruMap<Key, Value> {
  readonly #maxCurrent: number;
  #current = new Map<Key, Value>();
  #previous = new Map<Key, Value>();

  /** @param maxEntries the most entries; at least the most recently used half of them is kept */
  constructor(maxEntries: number) {
    this.#maxCurrent = Math.max(1, Math.floor(maxEntries / 2));
  }

  get(key: Key): Value | undefined {
    const value = this.#current.get(key);
    if (value !== undefined) return value;
    const previous = this.#previous.get(key);
    if (previous !== undefined) this.set(key, previous);
    return previous;
  }

  set(key: Key, value: Value): void {
    if (this.#current.size >= this.#maxCurrent && !this.#current.has(key)) {
      this.#previous = this.#current;
      this.#current = new Map();
    }
    this.#current.set(key, value);
  }
}
