// The job queue on SQLite: a table with leases in the same database file, so that a job commits with its run.

import type { EntityManager } from '@mikro-orm/sql';
import { sql } from 'kysely';
import { buildInsert, buildUpdate, executeWrite, Statement, writeRows } from '../../../database/bulk/statements.ts';
import type { Dialect } from '../../../database/dialect.ts';
import { preparedRead } from '../../../database/reads/prepared-read.ts';
import type { Store } from '../../../database/store.ts';
import type { JobChange } from '../../../domain/state.ts';
import { maxRetryDelayMs } from '../../backoff.ts';
import { canClaimEarly, isLease, type JobQueue, keepLastChangePerRun } from '../job-queue.ts';

/** `leaseMs` must be the lease of the runner. */
export type SqliteQueueOptions = {
  store: Store;
  leaseMs: number;
  /** Milliseconds since the epoch. */
  now(): number;
};

/** Creates the job queue on the table `validation_jobs`. */
export function createSqliteQueue({ store, leaseMs, now }: SqliteQueueOptions): JobQueue {
  return {
    write: (em, changes) => writeJobs(em, store.dialect, changes),

    /**
     * If the clock was set back, stored times may lie further in the future than any delay or lease allows. These jobs
     * are due as well.
     */
    async findDue(limit) {
      const nowMs = now();
      const values = { nowMs, maxDueAtMs: nowMs + maxRetryDelayMs, maxLeasedUntilMs: nowMs + leaseMs, limit };
      const rows = await selectDueJobs(store, values);
      return rows.map((row) => ({ runId: row.run_id, fence: row.fence, canClaimEarly: canClaimEarly(row) }));
    },

    /** A run whose lease is no longer renewed becomes due when the lease expires. */
    release() {},

    async findNextDueAtMs() {
      const [row] = await selectNextTimes(store, {});
      const times = [row?.due, row?.leased].filter((at) => at != null);
      return times.length === 0 ? undefined : Math.min(...times);
    },

    /** One process owns the file: a lease that exists at its start belongs to a process that has ended. */
    async findAbandoned() {
      const rows = await selectLeasedRuns(store, {});
      return rows.map(({ run_id, fence }) => ({ runId: run_id, fence }));
    },

    async findRunsWithoutJob(limit) {
      const rows = await selectRunsWithoutJob(store, { limit });
      return rows.map(({ id, fence }) => ({ runId: id, fence }));
    },

    /** This queue has no dead letters: a run becomes due again each time a lease expires. */
    async onDeadLetter() {
      return { [Symbol.asyncDispose]: async () => {} };
    },

    async [Symbol.asyncDispose]() {},
  };
}

type DueJobValues = { nowMs: number; maxDueAtMs: number; maxLeasedUntilMs: number; limit: number };

type DueJobRow = { run_id: number; fence: number; attempt: number; max_attempts: number };

/**
 * Two index scans that stop early: jobs that are due in turn, and the few with an expired lease or an implausible time.
 */
const selectDueJobs = preparedRead<DueJobRow, DueJobValues>((reader, parameter) => {
  const inTurn = reader
    .selectFrom('validation_jobs')
    .select(['run_id', 'due_at_ms'])
    .where('leased_until_ms', 'is', null)
    .where('due_at_ms', '<=', parameter('nowMs'))
    .orderBy('due_at_ms')
    .orderBy('run_id')
    .limit(parameter('limit'));
  const outOfTurn = reader
    .selectFrom('validation_jobs')
    .select(['run_id', sql<number>`0`.as('due_at_ms')])
    .where(({ or, and, eb }) =>
      or([
        and([eb('leased_until_ms', 'is', null), eb('due_at_ms', '>', parameter('maxDueAtMs'))]),
        eb('leased_until_ms', '<=', parameter('nowMs')),
        eb('leased_until_ms', '>', parameter('maxLeasedUntilMs')),
      ]),
    )
    .limit(parameter('limit'));
  return reader
    .selectFrom(
      reader
        .selectFrom(inTurn.as('in_turn'))
        .selectAll()
        .unionAll(reader.selectFrom(outOfTurn.as('out_of_turn')).selectAll())
        .as('due'),
    )
    .innerJoin('validation_runs', 'validation_runs.id', 'due.run_id')
    .select(['due.run_id', 'fence', 'attempt', 'max_attempts'])
    .orderBy('due.due_at_ms')
    .orderBy('due.run_id')
    .limit(parameter('limit'));
});

const selectNextTimes = preparedRead<{ due: number | null; leased: number | null }, object>((reader) =>
  reader.selectNoFrom(({ selectFrom }) => [
    selectFrom('validation_jobs')
      .select(({ fn }) => fn.min('due_at_ms').as('at'))
      .where('leased_until_ms', 'is', null)
      .as('due'),
    selectFrom('validation_jobs')
      .select(({ fn }) => fn.min('leased_until_ms').as('at'))
      .where('leased_until_ms', 'is not', null)
      .as('leased'),
  ]),
);

const selectLeasedRuns = preparedRead<{ run_id: number; fence: number }, object>((reader) =>
  reader
    .selectFrom('validation_jobs')
    .innerJoin('validation_runs', 'validation_runs.id', 'validation_jobs.run_id')
    .select(['run_id', 'fence'])
    .where('leased_until_ms', 'is not', null),
);

const selectRunsWithoutJob = preparedRead<{ id: number; fence: number }, { limit: number }>((reader, parameter) =>
  reader
    .selectFrom('validation_runs')
    .leftJoin('validation_jobs', 'validation_jobs.run_id', 'validation_runs.id')
    .select(['validation_runs.id', 'validation_runs.fence'])
    // A literal: with a parameter, SQLite would not use the partial index of open runs.
    .where(sql<boolean>`validation_runs.state in ('queued', 'running')`)
    .where('validation_jobs.run_id', 'is', null)
    .limit(parameter('limit')),
);

/**
 * Writes the job changes of a commit. A job may change more than once: all enqueued jobs are inserted first, then the
 * last change of each run is applied.
 */
async function writeJobs(em: EntityManager, { bulk }: Dialect, changes: JobChange[]): Promise<void> {
  const kysely = em.getKysely();
  const last = keepLastChangePerRun(changes);
  const enqueued = keepLastChangePerRun(changes.filter((change) => change.kind === 'enqueue'));
  const removed = last.filter((change) => change.kind === 'remove');
  const enqueuedIfMissing = keepLastChangePerRun(changes.filter((change) => change.kind === 'enqueue-if-missing'));
  const leased = last.filter(isLease);
  const toRows = (jobs: typeof enqueued | typeof enqueuedIfMissing) =>
    jobs.map((job) => [job.runId, job.dueAtMs, 'leasedUntilMs' in job ? job.leasedUntilMs : null]);
  const leases = leased.map(({ runId, untilMs }) => [runId, untilMs]);
  await writeRows(kysely, bulk, insertMissingStatement, toRows(enqueuedIfMissing));
  await writeRows(kysely, bulk, insertOrResetStatement, toRows(enqueued));
  if (removed.length > 0) {
    const runIds = removed.map(({ runId }) => runId);
    await executeWrite(kysely, bulk, deleteJobsStatement, [bulk.encodeList(runIds)]);
  }
  await writeRows(kysely, bulk, updateLeasesStatement, leases);
}

const table = 'validation_jobs';
const runId = { name: 'run_id', kind: 'integer' } as const;
const leasedUntil = { name: 'leased_until_ms', kind: 'integer' } as const;
const newJobColumns = [runId, { name: 'due_at_ms', kind: 'integer' }, leasedUntil] as const;

const insertMissingStatement = buildInsert(table, newJobColumns, 'on conflict (run_id) do nothing');

const insertOrResetStatement = buildInsert(
  table,
  newJobColumns,
  'on conflict (run_id) do update set due_at_ms = excluded.due_at_ms, leased_until_ms = excluded.leased_until_ms',
);

const deleteJobsStatement = new Statement(
  (syntax) => `delete from ${table} where ${syntax.buildInCondition('run_id', 1)}`,
);

const updateLeasesStatement = buildUpdate(table, [runId, leasedUntil]);
