// What the jobs of pg-boss are called: after their runs. A run has one job at most, which is found without looking.

import { type RawBuilder, sql } from 'kysely';

/** The queue of the jobs that stand for runs. */
export const validationQueue = 'validation';
/** Where pg-boss puts what it gives up. */
export const deadLetterQueue = 'validation-given-up';

export type JobData = { runId: number };

const idStart = '00000000-0000-8000-8';

/** A UUID of version 8, whose last 60 bits are the id of the run (RFC 9562 section 5.8). */
export function toJobId(runId: number): string {
  const digits = runId.toString(16).padStart(15, '0');
  return `${idStart}${digits.slice(0, 3)}-${digits.slice(3)}`;
}

/** The same in SQL. */
export function parseJobId(runId: string): RawBuilder<string> {
  const digits = sql`lpad(to_hex(${sql.ref(runId)}), 15, '0')`;
  return sql`(${sql.lit(idStart)} || substr(${digits}, 1, 3) || '-' || substr(${digits}, 4))::uuid`;
}
