// The jobs that pg-boss gives up, since every node that took them has died: their runs are handed on.

import type { PgBoss } from 'pg-boss';
import type { Store } from '../../../database/store.ts';
import type { FencedRun } from '../../../domain/run-commands.ts';
import { deadLetterQueue, type JobData } from './job-names.ts';
import { selectRunsWithoutJob } from './job-rows.ts';

/** How many dead letters are looked at together, and how often. */
const lettersAtOnce = 100;
const lettersSeconds = 2;

/** Hands on, from now on, the runs of such jobs that are still open. */
export async function subscribeToDeadLetters(
  boss: PgBoss,
  { reader }: Store,
  takeOver: (run: FencedRun) => Promise<unknown>,
): Promise<AsyncDisposable> {
  const options = { batchSize: lettersAtOnce, pollingIntervalSeconds: lettersSeconds };
  await boss.work<JobData>(deadLetterQueue, options, async (letters) => {
    const runIds = letters.map(({ data }) => data.runId);
    const lost = await selectRunsWithoutJob(reader, runIds);
    await Promise.all(lost.map(takeOver));
  });
  return { [Symbol.asyncDispose]: () => boss.offWork(deadLetterQueue) };
}
