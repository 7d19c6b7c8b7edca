// The job engine on SQLite: a leased table in the same file, so that a job is committed with what it belongs to.

import type { EntityManager } from '@mikro-orm/sql';
import { type Insertable, sql } from 'kysely';
import { preparedRead } from '../../../database/prepared-read.ts';
import type { Store } from '../../../database/store.ts';
import type { Tables } from '../../../database/tables.ts';
import type { JobChange } from '../../../domain/state.ts';
import { maxRetryDelayMs } from '../../backoff.ts';
import { canWait, type JobQueue, keepLastChangePerRun } from '../job-queue.ts';

export type SqliteQueueOptions = {
  store: Store;
  leaseMs: number;
  /** Milliseconds since the epoch. */
  now(): number;
};

export function createSqliteQueue({ store, leaseMs, now }: SqliteQueueOptions): JobQueue {
  return {
    write: writeJobs,

    /** A clock that was set back leaves times behind that are further ahead than any can be: these are due, too. */
    async findDue(limit) {
      const time = now();
      const rows = await dueJobs(store, { time, dueAhead: time + maxRetryDelayMs, leaseAhead: time + leaseMs, limit });
      return rows.map((row) => ({ runId: row.run_id, fence: row.fence, canWait: canWait(row) }));
    },

    /** What is not kept alive any more becomes due when its lease runs out. */
    release() {},

    async findNextDueAt() {
      const [next] = await nextTimes(store, {});
      const times = [next?.due, next?.leased].filter((at) => at != null);
      return times.length === 0 ? undefined : Math.min(...times);
    },

    /** One process owns the file: every lease that it finds at its start is that of a process that has died. */
    async findAbandoned() {
      const rows = await leasedRuns(store, {});
      return rows.map(({ run_id, fence }) => ({ runId: run_id, fence }));
    },

    async findRunsWithoutJob(limit) {
      const rows = await runsWithoutJob(store, { limit });
      return rows.map(({ id, fence }) => ({ runId: id, fence }));
    },

    /** A lease that runs out makes a run due again, as often as it takes. */
    async onDeadLetter() {
      return { [Symbol.asyncDispose]: async () => {} };
    },

    async [Symbol.asyncDispose]() {},
  };
}

type DueValues = { time: number; dueAhead: number; leaseAhead: number; limit: number };

type Due = { run_id: number; fence: number; attempt: number; max_attempts: number };

/** Two walks along the indexes, each of which stops early: those that wait their turn, and the few out of turn. */
const dueJobs = preparedRead<Due, DueValues>((reader, parameter) => {
  const waiting = reader
    .selectFrom('validation_jobs')
    .select(['run_id', 'due_at_ms'])
    .where('leased_until_ms', 'is', null)
    .where('due_at_ms', '<=', parameter('time'))
    .orderBy('due_at_ms')
    .orderBy('run_id')
    .limit(parameter('limit'));
  const outOfTurn = reader
    .selectFrom('validation_jobs')
    .select(['run_id', sql<number>`0`.as('due_at_ms')])
    .where(({ or, and, eb }) =>
      or([
        and([eb('leased_until_ms', 'is', null), eb('due_at_ms', '>', parameter('dueAhead'))]),
        eb('leased_until_ms', '<=', parameter('time')),
        eb('leased_until_ms', '>', parameter('leaseAhead')),
      ]),
    )
    .limit(parameter('limit'));
  return reader
    .selectFrom(
      reader
        .selectFrom(waiting.as('waiting'))
        .selectAll()
        .unionAll(reader.selectFrom(outOfTurn.as('others')).selectAll())
        .as('due'),
    )
    .innerJoin('validation_runs', 'validation_runs.id', 'due.run_id')
    .select(['due.run_id', 'fence', 'attempt', 'max_attempts'])
    .orderBy('due.due_at_ms')
    .orderBy('due.run_id')
    .limit(parameter('limit'));
});

const nextTimes = preparedRead<{ due: number | null; leased: number | null }, object>((reader) =>
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

const leasedRuns = preparedRead<{ run_id: number; fence: number }, object>((reader) =>
  reader
    .selectFrom('validation_jobs')
    .innerJoin('validation_runs', 'validation_runs.id', 'validation_jobs.run_id')
    .select(['run_id', 'fence'])
    .where('leased_until_ms', 'is not', null),
);

const runsWithoutJob = preparedRead<{ id: number; fence: number }, { limit: number }>((reader, parameter) =>
  reader
    .selectFrom('validation_runs')
    .leftJoin('validation_jobs', 'validation_jobs.run_id', 'validation_runs.id')
    .select(['validation_runs.id', 'validation_runs.fence'])
    // Literally, since a parameter would not find the index of open runs.
    .where(sql<boolean>`validation_runs.state in ('queued', 'running')`)
    .where('validation_jobs.run_id', 'is', null)
    .limit(parameter('limit')),
);

/** A job may change more than once within a commit: it is put in first, and then becomes what its last change says. */
async function writeJobs(em: EntityManager, changes: JobChange[]): Promise<void> {
  const kysely = em.getKysely<Tables>();
  const last = keepLastChangePerRun(changes);
  const enqueued = keepLastChangePerRun(changes.filter((change) => change.kind === 'enqueue'));
  const removed = last.filter((change) => change.kind === 'remove');
  const restored = keepLastChangePerRun(changes.filter((change) => change.kind === 'restore'));
  if (restored.length > 0) {
    await kysely
      .insertInto('validation_jobs')
      .values(restored.map(rowOf))
      .onConflict((conflict) => conflict.column('run_id').doNothing())
      .execute();
  }
  if (enqueued.length > 0) {
    await kysely
      .insertInto('validation_jobs')
      .values(enqueued.map(rowOf))
      .onConflict((conflict) =>
        conflict
          .column('run_id')
          .doUpdateSet(({ ref }) => ({ due_at_ms: ref('excluded.due_at_ms'), leased_until_ms: null })),
      )
      .execute();
  }
  if (removed.length > 0) {
    const runIds = removed.map(({ runId }) => runId);
    await kysely.deleteFrom('validation_jobs').where('run_id', 'in', runIds).execute();
  }
  for (const change of last) {
    if (change.kind !== 'lease') continue;
    const lease = { leased_until_ms: change.until };
    await kysely.updateTable('validation_jobs').set(lease).where('run_id', '=', change.runId).execute();
  }
}

function rowOf({ runId, dueAt }: { runId: number; dueAt: number }): Insertable<Tables['validation_jobs']> {
  return { run_id: runId, due_at_ms: dueAt, leased_until_ms: null };
}
