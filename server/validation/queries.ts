// Reads of validation runs.

import type { Validation } from '../../contract/validation.ts';
import type { Slice } from '../store/slice.ts';
import type { Store } from '../store/store.ts';
import type { RunRow } from '../store/tables.ts';

export async function findValidation({ reader }: Store, validationId: number): Promise<Validation | undefined> {
  const row = await reader.selectFrom('validation_runs').selectAll().where('id', '=', validationId).executeTakeFirst();
  return row && validationFromRow(row);
}

/** The runs of an order, newest first. */
export async function findValidationsOfOrder(
  { reader }: Store,
  orderId: number,
  { after, offset, limit }: Slice,
): Promise<Validation[]> {
  const query = reader
    .selectFrom('validation_runs')
    .selectAll()
    .where('order_id', '=', orderId)
    .orderBy('id', 'desc')
    .limit(limit)
    .offset(offset);
  const rows = await (after === undefined ? query : query.where('id', '<', after)).execute();
  return rows.map(validationFromRow);
}

/** When the run was created that waits longest; undefined where none waits. */
export async function findOldestWaiting({ reader }: Store): Promise<string | undefined> {
  const row = await reader
    .selectFrom('validation_runs')
    .select('created_at')
    .where('state', '=', 'queued')
    .orderBy('created_at')
    .limit(1)
    .executeTakeFirst();
  return row?.created_at;
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
