// The job engine on PostgreSQL: pg-boss, in the same database, so that a job is committed with what it belongs to.
// Nodes take jobs from it and keep them alive; those of a node that has died are given to others.

import { fromKysely, type PgBoss } from 'pg-boss';
import { openValidationStates } from '../../../../contract/validation.ts';
import { openJobsDatabase } from '../../../database/postgres/jobs-database.ts';
import type { Store, StoreOptions } from '../../../database/store.ts';
import { canWait, type JobQueue } from '../job-queue.ts';
import { subscribeToDeadLetters } from './dead-letters.ts';
import { DueTimes } from './due-times.ts';
import { HeldJobs, type TakenJob, toJobReferences } from './held-jobs.ts';
import { writeJobs } from './job-changes.ts';
import { type JobData, validationQueue } from './job-names.ts';
import { findRunsWithoutJob } from './job-rows.ts';
import { openPgBoss } from './open-pg-boss.ts';

export type PgBossQueueOptions = StoreOptions & {
  store: Store;
  validationAttempts: number;
  /** Milliseconds since the epoch. */
  now(): number;
};

/** Opens the engine: its tables and queues are made where they are missing. */
export async function openPgBossQueue(options: PgBossQueueOptions): Promise<JobQueue> {
  const { store, log, now } = options;
  await using opening = new AsyncDisposableStack();
  const db = opening.use(openJobsDatabase(options));
  const { boss } = opening.use(await openPgBoss({ db, attempts: options.validationAttempts, log }));
  const held = opening.adopt(new HeldJobs(boss, store, log), (jobs) => stopHolding(jobs, boss, options));
  const dueTimes = new DueTimes();
  const opened = opening.move();
  return {
    async write(em, changes) {
      const time = now();
      for (const change of changes) if (change.kind === 'enqueue') dueTimes.add(change.dueAt, time);
      await writeJobs(boss, em, changes, time);
    },

    async findDue(limit) {
      if (held.size < limit) await take(limit - held.size, { boss, store, held });
      return held.runs;
    },

    release: (run) => held.release(run),

    findNextDueAt: async () => dueTimes.next(now()),

    /** None: pg-boss gives what a dead node had taken to others by itself, a few seconds later. */
    findAbandoned: async () => [],

    findRunsWithoutJob: (limit) => findRunsWithoutJob(store, limit),

    onDeadLetter: (takeOver) => subscribeToDeadLetters(boss, store, takeOver),

    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

type Taking = { boss: PgBoss; store: Store; held: HeldJobs };

/** Takes jobs that are due. One whose run has ended, or never was, is of no use to anybody. */
async function take(limit: number, { boss, store, held }: Taking): Promise<void> {
  const takenAt = performance.now();
  const jobs: TakenJob[] = await boss.fetch<JobData>(validationQueue, { batchSize: limit });
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
    if (row) held.add(job, { runId: row.id, fence: row.fence, canWait: canWait(row) }, takenAt);
  }
  if (withoutRun.length > 0) await boss.deleteJob(validationQueue, toJobReferences(withoutRun));
}

/**
 * Gives back what was taken and never begun, so that others need not wait until it is seen that nobody keeps it alive.
 */
async function stopHolding(held: HeldJobs, boss: PgBoss, { store, log }: PgBossQueueOptions): Promise<void> {
  held[Symbol.dispose]();
  const { jobs } = held;
  if (jobs.length === 0) return;
  try {
    await store.transaction(async (em) => {
      const db = fromKysely(em.getKysely());
      await boss.deleteJob(validationQueue, toJobReferences(jobs), { db });
      // Where somebody else has one by now, there is one.
      await boss.insert(
        validationQueue,
        jobs.map(({ id, data }) => ({ id, data })),
        { db },
      );
    });
    store.publishNotice({ events: false, jobs: true, webhooks: false });
  } catch (error) {
    log.warn({ err: error }, 'validations that were not begun could not be given back');
  }
}
