// The job changes of a commit, written to pg-boss within its transaction.

import type { EntityManager } from '@mikro-orm/sql';
import { fromKysely, type JobInsert, type PgBoss } from 'pg-boss';
import type { JobChange } from '../../../domain/state.ts';
import { keepLastChangePerRun } from '../job-queue.ts';
import { type JobData, toJobId, validationQueue } from './job-names.ts';
import { selectRunsWithoutJob } from './job-rows.ts';

type Put = Extract<JobChange, { kind: 'enqueue' | 'restore' }>;

/**
 * Writes the job changes of a commit. Leases are no change here: whoever has taken a job keeps it alive.
 * @param now milliseconds since the epoch
 */
export async function writeJobs(boss: PgBoss, em: EntityManager, changes: JobChange[], now: number): Promise<void> {
  const last = keepLastChangePerRun(changes.filter(({ kind }) => kind !== 'lease'));
  const removed = last.filter(({ kind }) => kind === 'remove').map(({ runId }) => toJobId(runId));
  if (removed.length > 0) await boss.deleteJob(validationQueue, removed, { db: fromKysely(em.getKysely()) });
  const enqueued = last.filter((change) => change.kind === 'enqueue');
  const restored = last.filter((change) => change.kind === 'restore');
  const put = [...enqueued, ...(await lostOf(em, restored))];
  if (put.length > 0) await putJobs(boss, em, put, now);
}

/** Those whose jobs are lost: it is decided here, since the job may have come back after it was missed. */
async function lostOf(em: EntityManager, restored: Put[]): Promise<Put[]> {
  if (restored.length === 0) return [];
  const runs = restored.map(({ runId }) => runId);
  const lost = await selectRunsWithoutJob(em.getKysely(), runs);
  return restored.filter(({ runId }) => lost.some((run) => run.runId === runId));
}

async function putJobs(boss: PgBoss, em: EntityManager, put: Put[], now: number): Promise<void> {
  const db = fromKysely(em.getKysely());
  const jobs = put.map((change) => jobOf(change, now));
  const inserted = new Set(await boss.insert(validationQueue, jobs, { db, returnId: true }));
  const former = jobs.filter(({ id }) => !inserted.has(id));
  if (former.length === 0) return;
  // These have a job already, which somebody may have taken, or which was given up.
  await boss.deleteJob(
    validationQueue,
    former.map(({ id }) => id),
    { db },
  );
  await boss.insert(validationQueue, former, { db });
}

/** When it is due is told by the clock of the database, so as a pause. */
function jobOf({ runId, dueAt }: Put, now: number): JobInsert<JobData> & { id: string } {
  return { id: toJobId(runId), data: { runId }, startAfter: Math.max(0, dueAt - now) / 1000 };
}
