// Chooses which changes that were not synced survive a power cut.

import type { Random } from '../chaos/random.ts';

type UnsyncedChange = { at: number; isLost?: boolean };

export type Survival = {
  /** Returns how many of these successive changes of one sector, one length or one name survive: the first ones. */
  count(changes: readonly UnsyncedChange[]): number;
  /** Whether a part of the next change of a sector survives, too. */
  isTorn(): boolean;
  /** Returns a whole number from 0 up to but not including `limit`. */
  below(limit: number): number;
};

const strategies = ['nothing', 'everything', 'earlier', 'scattered', 'scattered'] as const;
const tornShare = 0.2;

/**
 * Chooses for one file or folder: nothing survives; everything; every operation before a certain one; or a random part,
 * in any order.
 * @param now the number of the operation at which the power is cut
 */
export function chooseSurvival(random: Random, now: number): Survival {
  const strategy = random.pick(strategies);
  const share = random.next();
  const end = now - Math.floor(random.next() ** 3 * 200);
  const keepsLost = random.chance(0.5);
  const counts: Record<(typeof strategies)[number], (changes: readonly UnsyncedChange[]) => number> = {
    nothing: () => 0,
    everything: ({ length }) => length,
    earlier: (changes) => changes.filter(({ at }) => at < end).length,
    scattered: ({ length }) => (random.chance(share) ? 1 + random.below(length) : 0),
  };
  return {
    count: (changes) => {
      let count = changes.length === 0 ? 0 : counts[strategy](changes);
      while (!keepsLost && changes[count - 1]?.isLost) count -= 1;
      return count;
    },
    isTorn: () => (strategy === 'earlier' || strategy === 'scattered') && random.chance(tornShare),
    below: random.below,
  };
}
