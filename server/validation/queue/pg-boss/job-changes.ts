// Writes the job changes of a commit to pg-boss, within the transaction of the commit.

import type { EntityManager } from '@mikro-orm/sql';
import type { Db, JobInsert, PgBoss } from 'pg-boss';
import { toConstantQuery } from '../../../database/bulk/statements.ts';
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
  const db = createWriteOnlyDb(em);
  const last = keepLastChangePerRun(changes.filter(({ kind }) => kind !== 'lease'));
  const removed = last.filter(({ kind }) => kind === 'remove');
  const enqueuedIfMissing = last.filter((change) => change.kind === 'enqueue-if-missing');
  const enqueued = [
    ...last.filter((change) => change.kind === 'enqueue'),
    ...(await selectMissing(em, enqueuedIfMissing)),
  ];
  // The job of an enqueued run may exist, active or given up: it is replaced.
  const deletedIds = [...removed, ...enqueued].map(({ runId }) => toJobId(runId));
  if (deletedIds.length > 0) await boss.deleteJob(validationQueue, deletedIds, { db });
  const jobs = enqueued.map((change) => toJob(change, now));
  if (jobs.length > 0) await boss.insert(validationQueue, jobs, { db });
}

/** Passes statements to the transaction as writes, whose result pg-boss does not need here. */
function createWriteOnlyDb(em: EntityManager): Db {
  return {
    async executeSql(text, values = []) {
      await em.getKysely().executeQuery(toConstantQuery(text, values, true));
      return { rows: [{ count: 0 }] };
    },
  };
}

/** Checks again within the transaction: the job may have been added since it was found missing. */
async function selectMissing(em: EntityManager, changes: EnqueueChange[]): Promise<EnqueueChange[]> {
  if (changes.length === 0) return [];
  const runIds = changes.map(({ runId }) => runId);
  const missing = await selectRunsWithoutJob(em.getKysely(), runIds);
  return changes.filter(({ runId }) => missing.some((run) => run.runId === runId));
}

/** The start time is passed as a delay, because pg-boss compares it with the clock of the database. */
function toJob({ runId, dueAtMs }: EnqueueChange, now: number): JobInsert<JobData> & { id: string } {
  return { id: toJobId(runId), data: { runId }, startAfter: Math.max(0, dueAtMs - now) / 1000 };
}
