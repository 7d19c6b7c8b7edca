// The reconciler enqueues a job for every open run that has none. It looks for such runs at startup and at every
// interval, and also requeues the runs of dead letters.

import type { Logger } from 'pino';
import type { Execute } from '../domain/commands.ts';
import type { FencedRun } from '../domain/run-commands.ts';
import { startPeriodicTask } from '../shared/periodic-task.ts';
import type { JobQueue } from './queue/job-queue.ts';

type ReconcilerOptions = {
  execute: Execute;
  queue: JobQueue;
  log: Logger;
  intervalMs: number;
};

/** Number of runs that are requeued together. A limit keeps other commands from waiting. */
const batchSize = 500;

/** Starts the reconciler. Resolves after the first pass; disposing of the result stops it. */
export async function startReconciler({
  execute,
  queue,
  log,
  intervalMs,
}: ReconcilerOptions): Promise<AsyncDisposable> {
  await using opening = new AsyncDisposableStack();
  const requeue = (run: FencedRun) => execute({ type: 'run.requeue', ...run });
  const reconcile = async (stop: AbortSignal) => {
    let found: FencedRun[];
    do {
      found = await queue.findRunsWithoutJob(batchSize);
      if (found.length > 0) log.warn({ count: found.length }, 'requeuing open validations without a job');
      await Promise.all(found.map(requeue));
    } while (found.length === batchSize && !stop.aborted);
  };
  const task = opening.use(startPeriodicTask(reconcile, { log, intervalMs, failure: 'reconciliation failed' }));
  await task.first;
  opening.use(await queue.onDeadLetter(requeue));
  return opening.move();
}
