// When a delivery that has failed is tried again: soon at first, then ever more seldom, for a day.

import { maxFailingMs } from '../domain/webhook.ts';

const firstPauseMs = 5_000;
const growth = 4;
const maxPauseMs = 4 * 3_600_000;
type Failing = {
  /** How many attempts have failed, this one included: from 1. */
  failures: number;
  /** When the first of them did, in milliseconds since the epoch. */
  failingSince: number;
  /** Milliseconds since the epoch. */
  now: number;
  /** How long the receiver wants to be left alone, where it says so. */
  retryAfterMs: number | null;
  /** A number from 0 up to but not including 1. */
  random(): number;
};

/**
 * When to try again, in milliseconds since the epoch; undefined when a day of failure is over. The pause is 5 s after
 * the first failure and four times as long after each, up to 4 h, give or take a fifth, so that deliveries that have
 * failed together do not come back together. A receiver may ask for a longer one. The last attempt is at the end of the
 * day.
 */
export function computeNextAttemptAtMs({
  failures,
  failingSince,
  now,
  retryAfterMs,
  random,
}: Failing): number | undefined {
  const endOfDay = failingSince + maxFailingMs;
  // Two attempts never follow each other more closely than at the beginning.
  if (now > endOfDay - firstPauseMs) return undefined;
  const pauseMs = Math.min(maxPauseMs, firstPauseMs * growth ** (failures - 1)) * (0.8 + 0.4 * random());
  return Math.min(endOfDay, now + Math.max(Math.round(pauseMs), retryAfterMs ?? 0));
}
