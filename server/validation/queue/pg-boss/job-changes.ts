// Writes the job changes of a commit to pg-boss, within the transaction of the commit.

import type { EntityManager } from '@mikro-orm/sql';
import { fromKysely, type JobInsert, type PgBoss } from 'pg-boss';
import type { JobChange } from '../../../domain/state.ts';
import { keepLastChangePerRun } from '../job-queue.ts';
import { type JobData, toJobId, validationQueue } from './job-names.ts';
import { selectRunsWithoutJob } from './job-queries.ts';

type EnqueueChange = Extract<JobChange, { kind: 'enqueue' | 'enqueue-if-missing' }>;

/**
 * Writes the job changes of a commit. Lease changes are ignored: heartbeats keep a fetched job alive.
 * @param now milliseconds since the epoch
 */
export async function writeJobs(boss: PgBoss, em: EntityManager, changes: JobChange[], now: number): Promise<void> {
  const last = keepLastChangePerRun(changes.filter(({ kind }) => kind !== 'lease'));
  const removed = last.filter(({ kind }) => kind === 'remove').map(({ runId }) => toJobId(runId));
  if (removed.length > 0) await boss.deleteJob(validationQueue, removed, { db: fromKysely(em.getKysely()) });
  const enqueued = last.filter((change) => change.kind === 'enqueue');
  const enqueuedIfMissing = last.filter((change) => change.kind === 'enqueue-if-missing');
  const inserts = [...enqueued, ...(await selectMissing(em, enqueuedIfMissing))];
  if (inserts.length > 0) await insertJobs(boss, em, inserts, now);
}

/** Checks again within the transaction: the job may have been added since it was found missing. */
async function selectMissing(em: EntityManager, changes: EnqueueChange[]): Promise<EnqueueChange[]> {
  if (changes.length === 0) return [];
  const runIds = changes.map(({ runId }) => runId);
  const missing = await selectRunsWithoutJob(em.getKysely(), runIds);
  return changes.filter(({ runId }) => missing.some((run) => run.runId === runId));
}

async function insertJobs(boss: PgBoss, em: EntityManager, changes: EnqueueChange[], now: number): Promise<void> {
  const db = fromKysely(em.getKysely());
  const jobs = changes.map((change) => toJob(change, now));
  const inserted = new Set(await boss.insert(validationQueue, jobs, { db, returnId: true }));
  const existing = jobs.filter(({ id }) => !inserted.has(id));
  if (existing.length === 0) return;
  // The existing job may be active or given up: replace it.
  await boss.deleteJob(
    validationQueue,
    existing.map(({ id }) => id),
    { db },
  );
  await boss.insert(validationQueue, existing, { db });
}

/** The start time is passed as a delay, because pg-boss compares it with the clock of the database. */
function toJob({ runId, dueAtMs }: EnqueueChange, now: number): JobInsert<JobData> & { id: string } {
  return { id: toJobId(runId), data: { runId }, startAfter: Math.max(0, dueAtMs - now) / 1000 };
}
