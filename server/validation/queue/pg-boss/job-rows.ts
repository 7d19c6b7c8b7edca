// What pg-boss's own table tells beside our runs, where its functions do not: it is only read here.

import { sql } from 'kysely';
import type { Store } from '../../../database/store.ts';
import type { FencedRun } from '../../../domain/run-commands.ts';
import { parseJobId, validationQueue } from './job-names.ts';

/** How many runs are looked at with one statement, so that none takes long however many wait. */
const sliceSize = 20_000;

/** Open runs that nobody will look at, since they have no job, or one that was given up; the first few of them. */
export async function findRunsWithoutJob({ reader }: Store, limit: number): Promise<FencedRun[]> {
  const found: FencedRun[] = [];
  for (let after: number | null = 0; after !== null && found.length < limit; ) {
    const slice: Slice = await sliceAfter(reader, after);
    found.push(...(JSON.parse(slice.lost) as FencedRun[]));
    after = slice.last;
  }
  return found.slice(0, limit);
}

/** The last order of a slice, null at the end, and the runs in it that have no job, in JSON. */
type Slice = { last: number | null; lost: string };

/** An order has one open run at most, and there is an index by it. */
async function sliceAfter(reader: Store['reader'], orderId: number): Promise<Slice> {
  const { rows } = await sql<Slice>`select max(order_id) as last,
      coalesce(json_agg(json_build_object('runId', id, 'fence', fence)) filter (where not has_job), '[]') as lost
    from (select id, fence, order_id, coalesce((${liveJob}), false) as has_job from validation_runs
      where ${isOpen} and order_id > ${orderId} order by order_id limit ${sliceSize}) as slice`.execute(reader);
  return rows[0] ?? { last: null, lost: '[]' };
}

/** Those of these runs that are open, and that nobody will look at. */
export async function selectRunsWithoutJob(database: Store['reader'], runIds: readonly number[]): Promise<FencedRun[]> {
  const { rows } = await sql<{ id: number; fence: number }>`select id, fence from validation_runs
    where id = any(${runIds}) and ${isOpen} and not exists (${liveJob})`.execute(database);
  return rows.map(({ id, fence }) => ({ runId: id, fence }));
}

/** Literally, since a parameter would not find the index of open runs. */
const isOpen = sql`validation_runs.state in ('queued', 'running')`;
/** A look at the index for each run: as a join, each statement would read all jobs. */
const liveJob = sql`select true from pgboss.job where job.name = ${sql.lit(validationQueue)} and job.state < 'completed'
  and job.id = ${parseJobId('validation_runs.id')}`;

/** The jobs, as often as they were taken before, that are still taken by whoever did so then. */
export async function selectActiveJobs(
  { reader }: Store,
  jobs: readonly { id: string; retryCount: number }[],
): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`select job.id from pgboss.job
    join unnest(${jobs.map(({ id }) => id)}::uuid[], ${jobs.map(({ retryCount }) => retryCount)}::int[])
      as taken (id, retry_count) on job.id = taken.id and job.retry_count = taken.retry_count
    where job.name = ${sql.lit(validationQueue)} and job.state = 'active'`.execute(reader);
  return new Set(rows.map(({ id }) => id));
}
