// The job engine on SQLite: a leased table in the same file, so that a job is committed with what it belongs to.

import type { EntityManager } from '@mikro-orm/sqlite';
import { openStates } from '../../contract/validation.ts';
import type { JobChange } from '../store/state.ts';
import type { Store } from '../store/store.ts';
import type { Tables } from '../store/tables.ts';
import { maxRetryDelayMs } from './backoff.ts';
import type { JobQueue } from './queue.ts';

export type SqliteQueueOptions = {
  store: Store;
  leaseMs: number;
  /** Milliseconds since the epoch. */
  now(): number;
};

export function createSqliteQueue({ store: { reader }, leaseMs, now }: SqliteQueueOptions): JobQueue {
  return {
    write: writeJobs,

    /** A clock that was set back leaves times behind that are further ahead than any can be: these are due, too. */
    async findDue(limit) {
      const time = now();
      const rows = await reader
        .selectFrom('validation_jobs')
        .select('run_id')
        .where(({ or, and, eb }) =>
          or([
            and([
              eb('leased_until', 'is', null),
              or([eb('due_at', '<=', time), eb('due_at', '>', time + maxRetryDelayMs)]),
            ]),
            or([eb('leased_until', '<=', time), eb('leased_until', '>', time + leaseMs)]),
          ]),
        )
        .orderBy('due_at')
        .orderBy('run_id')
        .limit(limit)
        .execute();
      return rows.map(({ run_id }) => run_id);
    },

    async nextDueAt() {
      const waiting = await reader
        .selectFrom('validation_jobs')
        .select(({ fn }) => fn.min('due_at').as('at'))
        .where('leased_until', 'is', null)
        .executeTakeFirst();
      const leased = await reader
        .selectFrom('validation_jobs')
        .select(({ fn }) => fn.min('leased_until').as('at'))
        .where('leased_until', 'is not', null)
        .executeTakeFirst();
      const times = [waiting?.at, leased?.at].filter((at) => at != null);
      return times.length === 0 ? undefined : Math.min(...times);
    },

    /** One process owns the file: every lease that it finds at its start is that of a process that has died. */
    async findAbandoned() {
      const rows = await reader
        .selectFrom('validation_jobs')
        .innerJoin('validation_runs', 'validation_runs.id', 'validation_jobs.run_id')
        .select(['run_id', 'fence'])
        .where('leased_until', 'is not', null)
        .execute();
      return rows.map(({ run_id, fence }) => ({ runId: run_id, fence }));
    },

    async findRunsWithoutJob(limit) {
      const rows = await reader
        .selectFrom('validation_runs')
        .leftJoin('validation_jobs', 'validation_jobs.run_id', 'validation_runs.id')
        .select('validation_runs.id')
        .where('validation_runs.state', 'in', openStates)
        .where('validation_jobs.run_id', 'is', null)
        .limit(limit)
        .execute();
      return rows.map(({ id }) => id);
    },
  };
}

/** A job may change more than once within a commit: it is put in first, and then becomes what its last change says. */
async function writeJobs(em: EntityManager, changes: JobChange[]): Promise<void> {
  const kysely = em.getKysely<Tables>();
  const last = lastOfEachRun(changes);
  const enqueued = lastOfEachRun(changes.filter((change) => change.kind === 'enqueue'));
  const removed = last.filter((change) => change.kind === 'remove');
  if (enqueued.length > 0) {
    await kysely
      .insertInto('validation_jobs')
      .values(enqueued.map(({ runId, dueAt }) => ({ run_id: runId, due_at: dueAt, leased_until: null })))
      .onConflict((conflict) =>
        conflict.column('run_id').doUpdateSet(({ ref }) => ({ due_at: ref('excluded.due_at'), leased_until: null })),
      )
      .execute();
  }
  if (removed.length > 0) {
    const runIds = removed.map(({ runId }) => runId);
    await kysely.deleteFrom('validation_jobs').where('run_id', 'in', runIds).execute();
  }
  for (const change of last) {
    if (change.kind !== 'lease') continue;
    const lease = { leased_until: change.until };
    await kysely.updateTable('validation_jobs').set(lease).where('run_id', '=', change.runId).execute();
  }
}

function lastOfEachRun<Change extends JobChange>(changes: Change[]): Change[] {
  return [...new Map(changes.map((change) => [change.runId, change])).values()];
}
