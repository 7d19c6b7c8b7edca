// Reads of validation runs.

import type { Validation } from '../../../contract/schemas/validation.ts';
import { toValidation } from '../../domain/run.ts';
import { convertToRecord, type RowConverter } from '../mapping/row-converter.ts';
import { type RunRow, runMapping } from '../mapping/run.ts';
import { preparedLookup, preparedPartRead, preparedRead } from '../reads/prepared-read.ts';
import { mapPart, type Part, type Slice } from '../reads/slice.ts';
import type { Store } from '../store.ts';

const runById = preparedLookup('validation_runs', runMapping.columns, convertToRecord as RowConverter<RunRow>);

export async function findValidation(store: Store, validationId: number): Promise<Validation | undefined> {
  const row = await runById(store, validationId);
  return row && readValidation(row);
}

type RunsValues = { orderId: number; before: number; limit: number; offset: number };

const runsOfOrder = preparedPartRead<RunRow, RunsValues>((reader, parameter) =>
  reader
    .selectFrom('validation_runs')
    .selectAll()
    .where('order_id', '=', parameter('orderId'))
    .where('id', '<', parameter('before'))
    .orderBy('id', 'desc')
    .limit(parameter('limit'))
    .offset(parameter('offset')),
);

/** Finds the runs of an order, newest first. */
export async function findValidationsOfOrder(
  store: Store,
  orderId: number,
  { after = Number.MAX_SAFE_INTEGER, offset, limit, maxBytes }: Slice,
): Promise<Part<Validation>> {
  const part = await runsOfOrder(store, { orderId, before: after, offset, limit }, undefined, maxBytes);
  return mapPart(part, readValidation);
}

const oldestWaiting = preparedRead<Pick<RunRow, 'created_at'>, object>((reader) =>
  reader
    .selectFrom('validation_runs')
    .select('created_at')
    .where('state', '=', 'queued')
    .orderBy('created_at')
    .limit(1),
);

/** Returns when the oldest queued run was created; undefined if none is queued. */
export async function findOldestQueuedAt(store: Store): Promise<string | undefined> {
  const [row] = await oldestWaiting(store, {});
  return row?.created_at;
}

function readValidation(row: RunRow): Validation {
  return toValidation(runMapping.toRecord(row));
}
