// Finds open runs that have lost their job, and gives them a new one: at the start, then each minute.

import type { Logger } from 'pino';
import { periodically } from '../periodically.ts';
import type { Commit } from '../store/door.ts';
import type { RunCommands } from './commands.ts';
import type { JobQueue } from './queue.ts';

type ReconcilerOptions = {
  commit: Commit<RunCommands>;
  queue: JobQueue;
  log: Logger;
  intervalMs: number;
};

/** How many runs are given a job at a time, so that the commands of others are not kept waiting. */
const sliceSize = 500;

/** Reconciles once, then at every interval until it is disposed of. */
export async function startReconciler({ commit, queue, log, intervalMs }: ReconcilerOptions): Promise<Disposable> {
  const reconcile = async (stop: AbortSignal) => {
    let found: number[];
    do {
      found = await queue.findRunsWithoutJob(sliceSize);
      if (found.length > 0) log.warn({ count: found.length }, 'open validations had no job');
      await Promise.all(found.map((runId) => commit({ type: 'run.requeue', runId })));
    } while (found.length === sliceSize && !stop.aborted);
  };
  const reconciling = periodically(reconcile, { log, intervalMs, failure: 'cannot reconcile' });
  await reconciling.first;
  return reconciling;
}
