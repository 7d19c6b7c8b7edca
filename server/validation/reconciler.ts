// Gives open runs that have lost their job a new one: looks for them at the start, then each minute, and takes over
// what the job engine gives up.

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

/** How many runs are given a job at a time, so that the commands of others are not kept waiting. */
const sliceSize = 500;

/** Reconciles once, then at every interval until it is disposed of. */
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
      found = await queue.findRunsWithoutJob(sliceSize);
      if (found.length > 0) log.warn({ count: found.length }, 'open validations had no job');
      await Promise.all(found.map(requeue));
    } while (found.length === sliceSize && !stop.aborted);
  };
  const reconciling = opening.use(startPeriodicTask(reconcile, { log, intervalMs, failure: 'cannot reconcile' }));
  await reconciling.first;
  opening.use(await queue.onDeadLetter(requeue));
  return opening.move();
}
