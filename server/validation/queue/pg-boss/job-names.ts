// The names of the pg-boss queues, and the ids of jobs. The id of a job follows from the id of its run, so that a run
// has at most one job, and no lookup is needed to find it.

import { type RawBuilder, sql } from 'kysely';

/** The queue of validation jobs. */
export const validationQueue = 'validation';
/** The queue to which pg-boss moves the jobs that it gives up. */
export const deadLetterQueue = 'validation-given-up';

/** The data of a validation job. */
export type JobData = { runId: number };

const idPrefix = '00000000-0000-8000-8';

/**
 * Converts the id of a run to the id of its job: a UUID of version 8 with the id in its last 60 bits (RFC 9562 §5.8).
 */
export function toJobId(runId: number): string {
  const digits = runId.toString(16).padStart(15, '0');
  return `${idPrefix}${digits.slice(0, 3)}-${digits.slice(3)}`;
}

/** Builds the SQL expression that converts a column with run ids in the same way as `toJobId`. */
export function toJobIdSql(runIdColumn: string): RawBuilder<string> {
  const digits = sql`lpad(to_hex(${sql.ref(runIdColumn)}), 15, '0')`;
  return sql`(${sql.lit(idPrefix)} || substr(${digits}, 1, 3) || '-' || substr(${digits}, 4))::uuid`;
}
