// What pg-boss's own table tells beside our runs, where its functions do not: it is only read here.

import { sql } from 'kysely';
import type { Store } from '../../store/store.ts';
import { jobIdIn, validations } from './jobs.ts';

/** Open runs that nobody will look at, since they have no job, or one that was given up. */
export async function findRunsWithoutJob({ reader }: Store, limit: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`select id from validation_runs
    where ${isOpen} and not exists (${liveJob}) limit ${limit}`.execute(reader);
  return rows.map(({ id }) => id);
}

/** Those of these runs that are open, and that nobody will look at. */
export async function withoutJob({ reader }: Store, runIds: readonly number[]): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`select id from validation_runs
    where id = any(${runIds}) and ${isOpen} and not exists (${liveJob})`.execute(reader);
  return rows.map(({ id }) => id);
}

/** Literally, since a parameter would not find the index of open runs. */
const isOpen = sql`validation_runs.state in ('queued', 'running')`;
const liveJob = sql`select 1 from pgboss.job where job.name = ${sql.lit(validations)}
  and job.id = ${jobIdIn('validation_runs.id')} and job.state < 'completed'`;

/** The jobs, as often as they were taken before, that are still taken by whoever did so then. */
export async function stillTaken(
  { reader }: Store,
  jobs: readonly { id: string; retryCount: number }[],
): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`select job.id from pgboss.job
    join unnest(${jobs.map(({ id }) => id)}::uuid[], ${jobs.map(({ retryCount }) => retryCount)}::int[])
      as taken (id, retry_count) on job.id = taken.id and job.retry_count = taken.retry_count
    where job.name = ${sql.lit(validations)} and job.state = 'active'`.execute(reader);
  return new Set(rows.map(({ id }) => id));
}
