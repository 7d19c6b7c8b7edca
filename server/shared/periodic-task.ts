// Runs a task at once and then at a fixed interval. A failed run is repeated at the next interval.

import type { Logger } from 'pino';

type PeriodicTask = Disposable & {
  /** Resolves when the first run has succeeded or failed. */
  readonly first: Promise<void>;
};

type PeriodicTaskOptions = {
  log: Logger;
  intervalMs: number;
  /** The log message for a failed run. */
  failure: string;
};

/**
 * Starts a task. Runs do not overlap: an interval is skipped while a run is in progress. Disposing the task stops it.
 * @param run should return early when `stop` aborts; errors after that are ignored
 */
export function startPeriodicTask(
  run: (stop: AbortSignal) => Promise<void>,
  { log, intervalMs, failure }: PeriodicTaskOptions,
): PeriodicTask {
  const stopping = new AbortController();
  const { signal: stop } = stopping;
  let isRunning = false;
  const runOnce = async () => {
    if (isRunning) return;
    isRunning = true;
    try {
      await run(stop);
    } catch (error) {
      if (!stop.aborted) log.error({ err: error }, failure);
    }
    isRunning = false;
  };
  const timer = setInterval(runOnce, intervalMs);
  return {
    first: runOnce(),
    [Symbol.dispose]: () => {
      clearInterval(timer);
      stopping.abort();
    },
  };
}
