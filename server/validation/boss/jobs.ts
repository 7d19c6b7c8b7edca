// The jobs of pg-boss, as a commit changes them: within its transaction, and named after their runs, so that a run has
// one job at most and nobody has to look for it.

import type { EntityManager } from '@mikro-orm/sql';
import { type RawBuilder, sql } from 'kysely';
import { fromKysely, type JobInsert, type PgBoss } from 'pg-boss';
import type { JobChange } from '../../store/state.ts';
import { lastOfEachRun } from '../queue.ts';

/** The queue of the jobs that stand for runs. */
export const validations = 'validation';
/** Where pg-boss puts what it gives up. */
export const deadLetters = 'validation-given-up';

export type JobData = { runId: number };

const idStart = '00000000-0000-8000-8';

/** A UUID of version 8, whose last 60 bits are the id of the run (RFC 9562 section 5.8). */
function jobIdOf(runId: number): string {
  const digits = runId.toString(16).padStart(15, '0');
  return `${idStart}${digits.slice(0, 3)}-${digits.slice(3)}`;
}

/** The same in SQL. */
export function jobIdIn(runId: string): RawBuilder<string> {
  const digits = sql`lpad(to_hex(${sql.ref(runId)}), 15, '0')`;
  return sql`(${sql.lit(idStart)} || substr(${digits}, 1, 3) || '-' || substr(${digits}, 4))::uuid`;
}

type EnqueueChange = Extract<JobChange, { kind: 'enqueue' }>;

/**
 * Writes the job changes of a commit. Leases are no change here: whoever has taken a job keeps it alive.
 * @param now milliseconds since the epoch
 */
export async function writeJobs(boss: PgBoss, em: EntityManager, changes: JobChange[], now: number): Promise<void> {
  const last = lastOfEachRun(changes.filter(({ kind }) => kind !== 'lease'));
  const removed = last.filter(({ kind }) => kind === 'remove').map(({ runId }) => jobIdOf(runId));
  const enqueued = last.filter((change) => change.kind === 'enqueue').map((change) => jobOf(change, now));
  const db = fromKysely(em.getKysely());
  if (removed.length > 0) await boss.deleteJob(validations, removed, { db });
  if (enqueued.length === 0) return;
  const inserted = new Set(await boss.insert(validations, enqueued, { db, returnId: true }));
  const former = enqueued.filter(({ id }) => !inserted.has(id));
  if (former.length === 0) return;
  // These have a job already, which somebody may have taken.
  await boss.deleteJob(
    validations,
    former.map(({ id }) => id),
    { db },
  );
  await boss.insert(validations, former, { db });
}

/** When it is due is told by the clock of the database, so as a pause. */
function jobOf({ runId, dueAt }: EnqueueChange, now: number): JobInsert<JobData> & { id: string } {
  return { id: jobIdOf(runId), data: { runId }, startAfter: Math.max(0, dueAt - now) / 1000 };
}
