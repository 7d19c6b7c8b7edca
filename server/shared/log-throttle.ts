// Limits how often the same message is logged.

import type { Logger } from 'pino';

const intervalMs = 60_000;

/**
 * Returns a function that decides whether to log: true at its first call, and then at most once a minute.
 * @param now milliseconds from any fixed time
 */
export function createLogThrottle(now: () => number): () => boolean {
  let loggedAtMs = Number.NEGATIVE_INFINITY;
  return () => {
    const nowMs = now();
    // The absolute value, so that logging continues after the clock was set back.
    if (Math.abs(nowMs - loggedAtMs) < intervalMs) return false;
    loggedAtMs = nowMs;
    return true;
  };
}

/** Creates a function that logs a warning at most once a minute, with the number of its calls since the last one. */
export function createThrottledWarning(log: Logger, message: string): (fields: object) => void {
  const isLogDue = createLogThrottle(() => performance.now());
  let count = 0;
  return (fields) => {
    count += 1;
    if (!isLogDue()) return;
    log.warn({ ...fields, count }, message);
    count = 0;
  };
}
