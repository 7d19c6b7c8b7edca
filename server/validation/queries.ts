// Reads of validation runs.

import type { Validation } from '../../contract/validation.ts';
import type { Store } from '../store/store.ts';
import type { RunRow } from '../store/tables.ts';

export async function findValidation({ reader }: Store, validationId: number): Promise<Validation | undefined> {
  const row = await reader.selectFrom('validation_runs').selectAll().where('id', '=', validationId).executeTakeFirst();
  return row && validationFromRow(row);
}

/** The runs of an order before an id, newest first. */
export async function findValidationsOfOrder(
  { reader }: Store,
  orderId: number,
  slice: { before: number | undefined; offset: number; limit: number },
): Promise<Validation[]> {
  const query = reader
    .selectFrom('validation_runs')
    .selectAll()
    .where('order_id', '=', orderId)
    .orderBy('id', 'desc')
    .limit(slice.limit)
    .offset(slice.offset);
  const rows = await (slice.before === undefined ? query : query.where('id', '<', slice.before)).execute();
  return rows.map(validationFromRow);
}

/** The ids of open runs that have no job, so that nobody would ever take them up. */
export async function findRunsWithoutJob({ reader }: Store): Promise<number[]> {
  const rows = await reader
    .selectFrom('validation_runs')
    .leftJoin('validation_jobs', 'validation_jobs.run_id', 'validation_runs.id')
    .select('validation_runs.id')
    .where('validation_runs.state', 'in', ['queued', 'running'])
    .where('validation_jobs.run_id', 'is', null)
    .execute();
  return rows.map(({ id }) => id);
}

function validationFromRow(row: RunRow): Validation {
  return {
    id: row.id,
    orderId: row.order_id,
    orderVersion: row.order_version,
    state: row.state,
    attempt: row.attempt,
    maxAttempts: row.max_attempts,
    policyVersion: row.policy_version,
    findings: JSON.parse(row.findings),
    error: row.error,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}
