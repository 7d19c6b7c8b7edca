// The delay before an interrupted validation is attempted again.

const firstRetryDelayMs = 200;
/** Longest delay before the next attempt, in milliseconds. */
export const maxRetryDelayMs = 5_000;

/**
 * Computes the delay after the given attempt (from 1), in milliseconds. The full delay doubles with every attempt, up
 * to the maximum; jitter reduces it to between half and all of it.
 * @param random returns a number from 0 up to but not including 1
 */
export function computeRetryDelayMs(attempt: number, random: () => number): number {
  const fullDelayMs = Math.min(maxRetryDelayMs, firstRetryDelayMs * 2 ** (attempt - 1));
  return Math.round(fullDelayMs * (0.5 + random() / 2));
}
