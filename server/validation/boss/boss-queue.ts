// The job engine on PostgreSQL: pg-boss, in the same database, so that a job is committed with what it belongs to.
// Nodes take jobs from it and keep them alive; those of a node that has died are given to others.

import { fromKysely, type PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import { openStates } from '../../../contract/validation.ts';
import { openJobsDatabase } from '../../store/postgres/jobs-database.ts';
import type { Store, StoreOptions } from '../../store/store.ts';
import { type JobQueue, mayWait } from '../queue.ts';
import { HeldJobs, type TakenJob } from './held-jobs.ts';
import { writeJobs } from './job-changes.ts';
import { findRunsWithoutJob, withoutJob } from './job-rows.ts';
import { deadLetters, type JobData, validations } from './jobs.ts';
import { openBoss } from './open-boss.ts';

export type BossQueueOptions = StoreOptions & {
  store: Store;
  validationAttempts: number;
  log: Logger;
  /** Milliseconds since the epoch. */
  now(): number;
};

/** How many dead letters are looked at together, and how often. */
const lettersAtOnce = 100;
const lettersSeconds = 2;

/** Opens the engine: its tables and queues are made where they are missing. */
export async function openBossQueue(options: BossQueueOptions): Promise<JobQueue> {
  const { store, log, now } = options;
  await using opening = new AsyncDisposableStack();
  const db = opening.use(openJobsDatabase(options));
  const { boss } = opening.use(await openBoss({ db, attempts: options.validationAttempts, log }));
  const held = opening.adopt(new HeldJobs(boss, store, log), (jobs) => stopHolding(jobs, boss, options));
  /** When runs become due that were put off here; other nodes find them when they look by themselves. */
  let dueTimes: number[] = [];
  const opened = opening.move();
  return {
    async write(em, changes) {
      const time = now();
      for (const change of changes) if (change.kind === 'enqueue' && change.dueAt > time) dueTimes.push(change.dueAt);
      await writeJobs(boss, em, changes, time);
    },

    async findDue(limit) {
      if (held.size < limit) await take(limit - held.size, { boss, store, held });
      return held.runs;
    },

    letGo: (run) => held.letGo(run),

    async nextDueAt() {
      const time = now();
      dueTimes = dueTimes.filter((at) => at > time);
      return dueTimes.length === 0 ? undefined : dueTimes.reduce((one, other) => Math.min(one, other));
    },

    /** What a node that has died has taken is given to others, or to the same when it is back, a few seconds later. */
    findAbandoned: async () => [],

    findRunsWithoutJob: (limit) => findRunsWithoutJob(store, limit),

    async onGivenUp(takeOver) {
      await boss.work<JobData>(
        deadLetters,
        { batchSize: lettersAtOnce, pollingIntervalSeconds: lettersSeconds },
        async (letters) => {
          const lost = await withoutJob(
            store.reader,
            letters.map(({ data }) => data.runId),
          );
          await Promise.all(lost.map(takeOver));
        },
      );
      return { [Symbol.asyncDispose]: () => boss.offWork(deadLetters) };
    },

    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

type Taking = { boss: PgBoss; store: Store; held: HeldJobs };

/** Takes jobs that are due. One whose run has ended, or never was, is of no use to anybody. */
async function take(limit: number, { boss, store, held }: Taking): Promise<void> {
  const takenAt = performance.now();
  const jobs: TakenJob[] = await boss.fetch<JobData>(validations, { batchSize: limit });
  if (jobs.length === 0) return;
  const rows = await store.reader
    .selectFrom('validation_runs')
    .select(['id', 'fence', 'attempt', 'max_attempts'])
    .where(
      'id',
      'in',
      jobs.map(({ data }) => data.runId),
    )
    .where('state', 'in', openStates)
    .execute();
  const runs = new Map(rows.map((row) => [row.id, row]));
  const useless = jobs.filter(({ data }) => !runs.has(data.runId));
  for (const job of jobs) {
    const row = runs.get(job.data.runId);
    if (row) held.add(job, { runId: row.id, fence: row.fence, mayWait: mayWait(row) }, takenAt);
  }
  if (useless.length > 0) await boss.deleteJob(validations, attemptsOf(useless));
}

/**
 * Gives back what was taken and never begun, so that others need not wait until it is seen that nobody keeps it alive.
 */
async function stopHolding(held: HeldJobs, boss: PgBoss, { store, log }: BossQueueOptions): Promise<void> {
  held[Symbol.dispose]();
  const { jobs } = held;
  if (jobs.length === 0) return;
  try {
    await store.transaction(async (em) => {
      const db = fromKysely(em.getKysely());
      await boss.deleteJob(validations, attemptsOf(jobs), { db });
      // Where somebody else has one by now, there is one.
      await boss.insert(
        validations,
        jobs.map(({ id, data }) => ({ id, data })),
        { db },
      );
    });
    store.tell({ events: false, jobs: true, webhooks: false });
  } catch (error) {
    log.warn({ err: error }, 'validations that were not begun could not be given back');
  }
}

/** Jobs as they were taken: whoever has taken one since keeps it. */
function attemptsOf(jobs: readonly TakenJob[]): { id: string; retryCount: number }[] {
  return jobs.map(({ id, retryCount }) => ({ id, retryCount }));
}
