// Finds open runs that have lost their job, and gives them a new one: at the start, then each minute.

import type { Logger } from 'pino';
import type { Commit } from '../store/door.ts';
import type { RunCommands } from './commands.ts';
import type { JobQueue } from './queue.ts';

type ReconcilerOptions = {
  commit: Commit<RunCommands>;
  queue: JobQueue;
  log: Logger;
  intervalMs: number;
};

/** Reconciles once, then at every interval until it is disposed of. */
export async function startReconciler(options: ReconcilerOptions): Promise<Disposable> {
  await reconcile(options);
  const timer = setInterval(() => {
    reconcile(options).catch((error: unknown) => options.log.error({ err: error }, 'cannot reconcile'));
  }, options.intervalMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

async function reconcile({ commit, queue, log }: ReconcilerOptions): Promise<void> {
  const runIds = await queue.findRunsWithoutJob();
  if (runIds.length > 0) log.warn({ runIds }, 'open validations had no job');
  await Promise.all(runIds.map((runId) => commit({ type: 'run.requeue', runId })));
}
