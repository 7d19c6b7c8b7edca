// Keeps the log from filling up with what happens over and over.

/** How often it says the same, in milliseconds. */
const sayAgainMs = 60_000;

/**
 * Tells whether to say it: the first time, and again when a minute has passed.
 * @param now milliseconds, from whatever moment on
 */
export function createLogThrottle(now: () => number): () => boolean {
  let saidAt = Number.NEGATIVE_INFINITY;
  return () => {
    const moment = now();
    // A clock that was set back must not silence it.
    if (Math.abs(moment - saidAt) < sayAgainMs) return false;
    saidAt = moment;
    return true;
  };
}
