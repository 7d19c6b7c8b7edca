// Runs compiled reads without Kysely's per-query work. Named statements are planned a few times and then use a generic
// plan; unnamed ones are planned each time.

import type { CompiledQuery } from 'kysely';
import { DatabaseError, type Pool, type QueryResult } from 'pg';
import { findColumn, type RowReader } from '../../reads/row-reader.ts';
import type { Part } from '../../reads/slice.ts';
import type { PlanMode } from '../../store.ts';
import { runQuery } from './run-query.ts';
import { getStatementName } from './statement-names.ts';

/** A prepared statement no longer matches: a newer node has added a column (SQLSTATE feature_not_supported). */
const outdatedCode = '0A000';

export async function readRows<Result>(
  pool: Pool,
  query: CompiledQuery,
  planned: PlanMode,
  reader: RowReader<Result>,
): Promise<Result[]> {
  const { columns, rows } = await readValues(pool, query, planned);
  return rows.map(reader(columns));
}

/**
 * Reads whole rows until their text would exceed `maxBytes`, and at least one. The database sends one more row than the
 * part has, which shows that the part is cut.
 */
export async function readPart<Result>(
  pool: Pool,
  query: CompiledQuery,
  planned: PlanMode,
  reader: RowReader<Result>,
  maxBytes: number,
): Promise<Part<Result>> {
  const { sql: text, parameters } = query;
  const measured = { ...query, sql: limitBytes(text, parameters.length + 1), parameters: [...parameters, maxBytes] };
  const { columns, rows } = await readValues(pool, measured, planned);
  const size = findColumn(columns, 'part_bytes');
  const end = rows.findIndex((row, index) => index > 0 && (row[size] as number) > maxBytes);
  const part = end === -1 ? rows : rows.slice(0, end);
  return { rows: part.map(reader(columns)), isCut: end !== -1 };
}

type Values = { columns: readonly string[]; rows: unknown[][] };

async function readValues(pool: Pool, { sql: text, parameters }: CompiledQuery, planned: PlanMode): Promise<Values> {
  const query = { text, values: [...parameters], rowMode: 'array' };
  try {
    return toValues(await runQuery(pool, planned === 'generic' ? { ...query, name: getStatementName(text) } : query));
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== outdatedCode) throw error;
  }
  return toValues(await runQuery(pool, query));
}

function toValues({ fields, rows }: QueryResult): Values {
  return { columns: fields.map(({ name }) => name), rows };
}

/** A window without an order keeps the order of its rows. `part_bytes` includes the row itself. */
function limitBytes(text: string, maxBytesNumber: number): string {
  return `select * from (select part.*, row_number() over () as part_row, octet_length(part::text) as row_bytes,
    sum(octet_length(part::text)) over (rows unbounded preceding) as part_bytes from (${text}) as part) as measured
    where part_row <= 2 or part_bytes - row_bytes <= $${maxBytesNumber}`;
}
