// Seeded random numbers. A seed reproduces the choices of a run, but not the timing of its processes.

export type Random = {
  /** Returns a number from 0 up to but not including 1. */
  next(): number;
  /** Returns a whole number from 0 up to but not including `limit`. */
  below(limit: number): number;
  /** Returns true with this probability. */
  chance(probability: number): boolean;
  /** Returns one of the items. @throws Error if there are none */
  pick<Item>(items: readonly Item[]): Item;
  /** Creates an independent generator. */
  fork(): Random;
};

/** Creates a generator from a seed (Mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error('no item to pick from');
      return item;
    },
    fork: () => createRandom(below(2 ** 32)),
  };
}
