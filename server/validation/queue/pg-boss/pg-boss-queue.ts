// The job queue on PostgreSQL: pg-boss in the same database, so that a job commits with its run. Nodes fetch jobs and
// send heartbeats; pg-boss hands the jobs of dead nodes to other nodes.

import { fromKysely, type PgBoss } from 'pg-boss';
import { openValidationStates } from '../../../../contract/schemas/validation.ts';
import { withStartupErrors } from '../../../database/postgres/errors/startup.ts';
import { openJobsDatabase } from '../../../database/postgres/jobs-database.ts';
import type { Store, StoreOptions } from '../../../database/store.ts';
import { canClaimEarly, type JobQueue } from '../job-queue.ts';
import { ActiveJobs, type FetchedJob, toJobReferences } from './active-jobs.ts';
import { writeJobs } from './job-changes.ts';
import { type JobData, validationQueue } from './job-names.ts';
import { findRunsWithoutJob } from './job-queries.ts';
import { openPgBoss } from './open-pg-boss.ts';
import { Supervision } from './supervision.ts';

/** The store, and the options for the queue's own connections. */
export type PgBossQueueOptions = StoreOptions & {
  store: Store;
  validationAttempts: number;
  /** Milliseconds since the epoch. */
  now(): number;
};

/** Opens the job queue on pg-boss, and creates missing tables and queues. */
export async function openPgBossQueue(options: PgBossQueueOptions): Promise<JobQueue> {
  const { store, log, now } = options;
  await using opening = new AsyncDisposableStack();
  const db = opening.use(openJobsDatabase(options));
  const { boss } = opening.use(
    await withStartupErrors(() => openPgBoss({ db, attempts: options.validationAttempts, log })),
  );
  const activeJobs = opening.adopt(new ActiveJobs(boss, store, log), (jobs) => returnJobs(jobs, boss, options));
  const supervision = new Supervision({ boss, store, log, now });
  const opened = opening.move();
  return {
    write: (em, changes) => writeJobs(boss, em, changes, now()),

    async findDue(limit) {
      if (activeJobs.size < limit) await fetchJobs(limit - activeJobs.size, { boss, store, activeJobs });
      return activeJobs.runs;
    },

    release: (run) => activeJobs.release(run),

    findNextDueAtMs: () => supervision.superviseUntilNextDue(),

    /** None: pg-boss hands the jobs of a dead node to other nodes when their heartbeats expire. */
    findAbandoned: async () => [],

    findRunsWithoutJob: (limit) => findRunsWithoutJob(store, limit),

    onDeadLetter: (listener) => supervision.subscribe(listener),

    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

type FetchContext = { boss: PgBoss; store: Store; activeJobs: ActiveJobs };

/** Fetches jobs that are due, and deletes those whose run has ended or does not exist. */
async function fetchJobs(limit: number, { boss, store, activeJobs }: FetchContext): Promise<void> {
  const fetchedAt = performance.now();
  const jobs: FetchedJob[] = await boss.fetch<JobData>(validationQueue, { batchSize: limit });
  if (jobs.length === 0) return;
  const rows = await store.reader
    .selectFrom('validation_runs')
    .select(['id', 'fence', 'attempt', 'max_attempts'])
    .where(
      'id',
      'in',
      jobs.map(({ data }) => data.runId),
    )
    .where('state', 'in', openValidationStates)
    .execute();
  const runs = new Map(rows.map((row) => [row.id, row]));
  const withoutRun = jobs.filter(({ data }) => !runs.has(data.runId));
  for (const job of jobs) {
    const row = runs.get(job.data.runId);
    if (row) activeJobs.add(job, { runId: row.id, fence: row.fence, canClaimEarly: canClaimEarly(row) }, fetchedAt);
  }
  if (withoutRun.length > 0) await boss.deleteJob(validationQueue, toJobReferences(withoutRun));
}

/** Returns jobs that were not started to the queue, so that other nodes need not wait for the heartbeat timeout. */
async function returnJobs(activeJobs: ActiveJobs, boss: PgBoss, { store, log }: PgBossQueueOptions): Promise<void> {
  activeJobs[Symbol.dispose]();
  const { jobs } = activeJobs;
  if (jobs.length === 0) return;
  try {
    await store.transaction(async (em) => {
      const db = fromKysely(em.getKysely());
      await boss.deleteJob(validationQueue, toJobReferences(jobs), { db });
      // The insert skips a job that another node has fetched since: it was not deleted.
      await boss.insert(
        validationQueue,
        jobs.map(({ id, data }) => ({ id, data })),
        { db },
      );
    });
    store.publishNotice({ events: false, jobs: true, webhooks: false });
  } catch (error) {
    log.warn({ err: error }, 'fetched jobs could not be returned to the queue');
  }
}
