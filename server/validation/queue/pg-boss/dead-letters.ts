// Dead letters: jobs that pg-boss has given up, because every node that fetched them has died.

import type { PgBoss } from 'pg-boss';
import type { Store } from '../../../database/store.ts';
import type { FencedRun } from '../../../domain/run-commands.ts';
import { deadLetterQueue, type JobData } from './job-names.ts';
import { selectRunsWithoutJob } from './job-queries.ts';

/** Number of dead letters that are processed together. */
const batchSize = 100;
const pollingIntervalSeconds = 2;

/** Calls the listener for the run of each dead letter that is still open, until the result is disposed of. */
export async function subscribeToDeadLetters(
  boss: PgBoss,
  { reader }: Store,
  listener: (run: FencedRun) => Promise<unknown>,
): Promise<AsyncDisposable> {
  await boss.work<JobData>(deadLetterQueue, { batchSize, pollingIntervalSeconds }, async (letters) => {
    const runIds = letters.map(({ data }) => data.runId);
    const runs = await selectRunsWithoutJob(reader, runIds);
    await Promise.all(runs.map(listener));
  });
  return { [Symbol.asyncDispose]: () => boss.offWork(deadLetterQueue) };
}
