// How long a validation waits before it is tried again.

const firstRetryDelayMs = 200;
export const maxRetryDelayMs = 5_000;

/** The pause after attempt `attempt`: doubled each time, with jitter between half and the whole of it. */
export function retryDelayMs(attempt: number, random: () => number): number {
  const full = Math.min(maxRetryDelayMs, firstRetryDelayMs * 2 ** (attempt - 1));
  return Math.round(full * (0.5 + random() / 2));
}
