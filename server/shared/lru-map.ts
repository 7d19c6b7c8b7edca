// Remembers what was used lately, and no more than it is allowed.

/**
 * A map in two generations: what is used moves to the present one; when that is full, it becomes the former one, and
 * the former one is forgotten. Nothing is ever taken out by itself: a map that much goes through leaves a chain of
 * former tables behind, which keeps from one collection of garbage to the next whatever was ever in it.
 */
export class LruMap<Key, Value> {
  readonly #maxPresent: number;
  #present = new Map<Key, Value>();
  #former = new Map<Key, Value>();

  /** @param maxEntries it keeps at least the half of so many that was used last, and never more */
  constructor(maxEntries: number) {
    this.#maxPresent = Math.max(1, Math.floor(maxEntries / 2));
  }

  get(key: Key): Value | undefined {
    const value = this.#present.get(key);
    if (value !== undefined) return value;
    const former = this.#former.get(key);
    if (former !== undefined) this.set(key, former);
    return former;
  }

  set(key: Key, value: Value): void {
    if (this.#present.size >= this.#maxPresent && !this.#present.has(key)) {
      this.#former = this.#present;
      this.#present = new Map();
    }
    this.#present.set(key, value);
  }
}
