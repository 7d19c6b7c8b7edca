// Writes the job changes of a commit to pg-boss, within the transaction of the commit.

import type { EntityManager } from '@mikro-orm/sql';
import type { Db, JobInsert, PgBoss } from 'pg-boss';
import { toConstantQuery } from '../../../database/bulk/statements.ts';
import type { JobChange } from '../../../domain/state.ts';
import { keepLastChangePerRun } from '../job-queue.ts';
import { type JobData, toJobId, validationQueue } from './job-names.ts';
import { selectRunsWithoutJob } from './job-queries.ts';

type EnqueueChange = Extract<JobChange, { kind: 'enqueue' | 'enqueue-if-missing' }>;
type RenewChange = Extract<JobChange, { kind: 'renew' }>;

/**
 * A run that begins with its commit has a job that no node can fetch before its lease expires. Leases of fetched jobs
 * are ignored: heartbeats keep them alive.
 * @param now milliseconds since the epoch
 */
export async function writeJobs(boss: PgBoss, em: EntityManager, changes: JobChange[], now: number): Promise<void> {
  const db = createWriteOnlyDb(em);
  const last = keepLastChangePerRun(changes.filter(({ kind }) => kind !== 'lease'));
  const renewed = last.filter((change) => change.kind === 'renew');
  if (renewed.length > 0) await postponeJobs(em, renewed, now);
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

/**
 * Passes the statements of pg-boss to the transaction as writes. Their texts are constant for one queue. `deleteJob`
 * reads a count from the result, which is not used here.
 */
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
function toJob(change: EnqueueChange, now: number): JobInsert<JobData> & { id: string } {
  const { runId, dueAtMs } = change;
  const startAtMs = (change.kind === 'enqueue' ? change.leasedUntilMs : undefined) ?? dueAtMs;
  return { id: toJobId(runId), data: { runId }, startAfter: Math.max(0, startAtMs - now) / 1000 };
}

/** Postpones jobs that were not fetched: those of runs that began with their commit. pg-boss has no function for it. */
async function postponeJobs(em: EntityManager, changes: RenewChange[], now: number): Promise<void> {
  const ids = changes.map(({ runId }) => toJobId(runId));
  const delays = changes.map(({ untilMs }) => Math.max(0, untilMs - now) / 1000);
  await em.getKysely().executeQuery(toConstantQuery(postponeText, [validationQueue, ids, delays], true));
}

const postponeText = `update pgboss.job set start_after = pgboss.job_now() + renewed.delay * interval '1 s'
  from unnest($2::uuid[], $3::float8[]) as renewed (id, delay)
  where job.name = $1 and job.id = renewed.id and job.state = 'created'`;
