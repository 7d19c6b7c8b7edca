// Computes when a failed delivery is attempted again: with exponential backoff, for 24 h.

import { maxFailingMs } from '../domain/webhook.ts';

const firstPauseMs = 5_000;
const growth = 4;
const maxPauseMs = 4 * 3_600_000;

type Failing = {
  /** The number of failed attempts, from 1. */
  failures: number;
  /** The time of the first of them, in milliseconds since the epoch. */
  failingSinceMs: number;
  /** Milliseconds since the epoch. */
  nowMs: number;
  /** From the `Retry-After` header of the receiver, in milliseconds; null: absent. */
  retryAfterMs: number | null;
  /** A number from 0 up to but not including 1. */
  random(): number;
};

/**
 * Returns the time of the next attempt, in milliseconds since the epoch, or undefined if the delivery has failed for
 * 24 h. The pause is 5 s after the first failure and grows by a factor of 4, up to 4 h. Jitter of ±20 % keeps
 * deliveries that failed together from being retried together. A longer `Retry-After` is respected. The last attempt is
 * at the end of the 24 h.
 */
export function computeNextAttemptAtMs({
  failures,
  failingSinceMs,
  nowMs,
  retryAfterMs,
  random,
}: Failing): number | undefined {
  const endMs = failingSinceMs + maxFailingMs;
  // No pause is shorter than the first one.
  if (nowMs > endMs - firstPauseMs) return undefined;
  const pauseMs = Math.min(maxPauseMs, firstPauseMs * growth ** (failures - 1)) * (0.8 + 0.4 * random());
  return Math.min(endMs, nowMs + Math.max(Math.round(pauseMs), retryAfterMs ?? 0));
}
