// Work that is done at once, and again at every interval. What cannot be done now is left to the next time.

import type { Logger } from 'pino';

type PeriodicTask = Disposable & {
  /** Settles when it was done, or was left, for the first time. */
  readonly first: Promise<void>;
};

type PeriodicTaskOptions = {
  log: Logger;
  intervalMs: number;
  /** What the log says where it cannot be done. */
  failure: string;
};

/**
 * Works until it is disposed of, never twice at a time.
 * @param work does what there is to do; to be left where it is when `stop` aborts
 */
export function startPeriodicTask(
  work: (stop: AbortSignal) => Promise<void>,
  { log, intervalMs, failure }: PeriodicTaskOptions,
): PeriodicTask {
  const stopping = new AbortController();
  const { signal: stop } = stopping;
  let isAtWork = false;
  const round = async () => {
    if (isAtWork) return;
    isAtWork = true;
    try {
      await work(stop);
    } catch (error) {
      if (!stop.aborted) log.error({ err: error }, failure);
    }
    isAtWork = false;
  };
  const timer = setInterval(round, intervalMs);
  return {
    first: round(),
    [Symbol.dispose]: () => {
      clearInterval(timer);
      stopping.abort();
    },
  };
}
