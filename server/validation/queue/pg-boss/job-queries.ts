// Queries on the table of pg-boss, joined with the runs, for which pg-boss has no function. They only read.

import { type RawBuilder, sql } from 'kysely';
import type { Store } from '../../../database/store.ts';
import type { FencedRun } from '../../../domain/run-commands.ts';
import { toJobIdSql, validationQueue } from './job-names.ts';

/** Number of runs that one statement reads, so that its duration does not grow with the number of waiting runs. */
const sliceSize = 20_000;

/** Returns the first `limit` open runs whose job is missing or was given up. */
export async function findRunsWithoutJob({ reader }: Store, limit: number): Promise<FencedRun[]> {
  const found: FencedRun[] = [];
  for (let after: number | null = 0; after !== null && found.length < limit; ) {
    const slice: Slice = await readSlice(reader, after);
    found.push(...(JSON.parse(slice.lost) as FencedRun[]));
    after = slice.last;
  }
  return found.slice(0, limit);
}

/** `last`: the last order id of the slice, null at the end. `lost`: its runs without a job, as JSON. */
type Slice = { last: number | null; lost: string };

/** Reads the slice after an order id. An order has at most one open run, and an index covers its order id. */
async function readSlice(reader: Store['reader'], orderId: number): Promise<Slice> {
  const { rows } = await sql<Slice>`select max(order_id) as last,
      coalesce(json_agg(json_build_object('runId', id, 'fence', fence)) filter (where not has_job), '[]') as lost
    from (select id, fence, order_id, coalesce((${liveJob}), false) as has_job from validation_runs
      where ${isOpen} and order_id > ${orderId} order by order_id limit ${sliceSize}) as slice`.execute(reader);
  return rows[0] ?? { last: null, lost: '[]' };
}

/** Returns which of the given runs are open and have no job that can still be fetched. */
export async function selectRunsWithoutJob(database: Store['reader'], runIds: readonly number[]): Promise<FencedRun[]> {
  const { rows } = await sql<{ id: number; fence: number }>`select id, fence from validation_runs
    where id = any(${runIds}) and ${isOpen} and not exists (${liveJob})`.execute(database);
  return rows.map(({ id, fence }) => ({ runId: id, fence }));
}

/** Literals: with a parameter, PostgreSQL would not use the partial index of open runs. */
const isOpen = sql`validation_runs.state in ('queued', 'running')`;
/** A subquery, which is one index lookup for each run. A join would read all jobs. */
const liveJob = sql`select true from pgboss.job where job.name = ${sql.lit(validationQueue)} and job.state < 'completed'
  and job.id = ${toJobIdSql('validation_runs.id')}`;

export type JobTimes = {
  /**
   * When the first job that no node has fetched becomes due: milliseconds from now by the clock of the database,
   * negative for the past, null if there is none.
   */
  startsInMs: number | null;
  /** When the first heartbeat of a fetched job expires, likewise. */
  expiresInMs: number | null;
};

/** Returns the next times of the job queue. Reads few rows of an index: the first of each state, and active jobs. */
export async function selectJobTimes({ reader }: Store): Promise<JobTimes> {
  const { rows } = await sql<JobTimes>`select
      ${toMsFromNow(sql`least((${selectFirstStart('created')}), (${selectFirstStart('retry')}))`)} as "startsInMs",
      ${toMsFromNow(sql`(select min(heartbeat_on + heartbeat_seconds * interval '1 s')
        from pgboss.job where name = ${sql.lit(validationQueue)} and state = 'active')`)} as "expiresInMs"`.execute(
    reader,
  );
  return rows[0] ?? { startsInMs: null, expiresInMs: null };
}

function selectFirstStart(state: 'created' | 'retry'): RawBuilder<unknown> {
  return sql`select min(start_after) from pgboss.job
    where name = ${sql.lit(validationQueue)} and state = ${sql.lit(state)} and not blocked`;
}

function toMsFromNow(time: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(extract(epoch from ${time} - pgboss.job_now()) * 1000)::float8`;
}

/** Returns the ids of the given jobs that are still active and have not been fetched again (same retry count). */
export async function selectActiveJobIds(
  { reader }: Store,
  jobs: readonly { id: string; retryCount: number }[],
): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`select job.id from pgboss.job
    join unnest(${jobs.map(({ id }) => id)}::uuid[], ${jobs.map(({ retryCount }) => retryCount)}::int[])
      as fetched (id, retry_count) on job.id = fetched.id and job.retry_count = fetched.retry_count
    where job.name = ${sql.lit(validationQueue)} and job.state = 'active'`.execute(reader);
  return new Set(rows.map(({ id }) => id));
}
