// Dead letters: jobs that pg-boss has given up, because every node that fetched them has died.

import type { PgBoss } from 'pg-boss';
import type { Store } from '../../../database/store.ts';
import type { FencedRun } from '../../../domain/run-commands.ts';
import { deadLetterQueue, type JobData } from './job-names.ts';
import { selectRunsWithoutJob } from './job-queries.ts';

/** Number of dead letters that are processed together. */
const batchSize = 100;

/**
 * Calls the listener for the run of each dead letter that is still open, and deletes the dead letters. If that fails,
 * they are given back, so that the next call fetches them again.
 */
export async function processDeadLetters(
  boss: PgBoss,
  { reader }: Store,
  listener: (run: FencedRun) => Promise<unknown>,
): Promise<void> {
  for (;;) {
    const letters = await boss.fetch<JobData>(deadLetterQueue, { batchSize });
    if (letters.length === 0) return;
    const ids = letters.map(({ id }) => id);
    try {
      const runIds = letters.map(({ data }) => data.runId);
      const runs = await selectRunsWithoutJob(reader, runIds);
      await Promise.all(runs.map(listener));
      await boss.deleteJob(deadLetterQueue, ids);
    } catch (error) {
      // If this fails, too, the reconciler gives the runs new jobs.
      await boss.fail(deadLetterQueue, ids).catch(() => {});
      throw error;
    }
  }
}
