// Runs compiled reads without Kysely's per-query work. Named statements are planned a few times and then use a generic
// plan; unnamed ones are planned each time.

import type { CompiledQuery } from 'kysely';
import { DatabaseError, type Pool } from 'pg';
import type { Part } from '../../slice.ts';
import type { PlanMode } from '../../store.ts';
import { runQuery } from './run-query.ts';
import { findStatementName } from './statement-names.ts';

/** A prepared statement no longer matches: a newer node has added a column (SQLSTATE feature_not_supported). */
const outdatedCode = '0A000';

export async function readRows<Row>(
  pool: Pool,
  { sql: text, parameters }: CompiledQuery<Row>,
  planned: PlanMode,
): Promise<Row[]> {
  const values = [...parameters];
  const name = planned === 'generic' && { name: findStatementName(text) };
  try {
    return (await runQuery<Row & object>(pool, { text, values, ...name })).rows;
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== outdatedCode) throw error;
  }
  return (await runQuery<Row & object>(pool, { text, values })).rows;
}

type MeasuredRow = { part_bytes: number };

/**
 * Reads whole rows until their text would exceed `maxBytes`, and at least one. The database sends one more row than the
 * part has, which shows that the part is cut.
 */
export async function readPart<Row>(
  pool: Pool,
  query: CompiledQuery<Row>,
  planned: PlanMode,
  maxBytes: number,
): Promise<Part<Row>> {
  const { sql: text, parameters } = query;
  const measured = { ...query, sql: limitBytes(text, parameters.length + 1), parameters: [...parameters, maxBytes] };
  const rows = await readRows<Row>(pool, measured, planned);
  const end = rows.findIndex((row, index) => index > 0 && (row as MeasuredRow).part_bytes > maxBytes);
  return end === -1 ? { rows, isCut: false } : { rows: rows.slice(0, end), isCut: true };
}

/** A window without an order keeps the order of its rows. `part_bytes` includes the row itself. */
function limitBytes(text: string, maxBytesNumber: number): string {
  return `select * from (select part.*, row_number() over () as part_row, octet_length(part::text) as row_bytes,
    sum(octet_length(part::text)) over (rows unbounded preceding) as part_bytes from (${text}) as part) as measured
    where part_row <= 2 or part_bytes - row_bytes <= $${maxBytesNumber}`;
}
