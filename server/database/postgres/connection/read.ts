// Runs compiled reads without Kysely's per-query work. Named statements are planned a few times and then use a generic
// plan; unnamed ones are planned each time.

import type { CompiledQuery } from 'kysely';
import type { Pool, QueryResult } from 'pg';
import type { RowConverter } from '../../mapping/row-converter.ts';
import { areRowsShort, type RowLength, takePart } from '../../reads/part-limit.ts';
import type { Part, PartLimits } from '../../reads/slice.ts';
import type { PlanMode } from '../../store.ts';
import { runQuery } from './run-query.ts';
import { getStatementName, isOutdatedStatement } from './statement-names.ts';

/** Facts about a statement, kept by its text. The texts are few, because they are compiled once. */
type Known = {
  rowLength: RowLength;
  /** The functions that convert rows, by converter and by the columns of the result. */
  converters: Map<RowConverter<unknown>, Map<string, (values: readonly unknown[]) => unknown>>;
};

const knownByText = new Map<string, Known>();

export async function readRows<Result>(
  pool: Pool,
  query: CompiledQuery,
  planned: PlanMode,
  converter: RowConverter<Result>,
): Promise<Result[]> {
  const { columns, rows } = await readValues(pool, query, planned);
  return rows.map(getConverter(query, converter, columns));
}

/** Reads whole rows until their text would exceed the limit, and at least one. */
export async function readPart<Result>(
  pool: Pool,
  query: CompiledQuery,
  planned: PlanMode,
  converter: RowConverter<Result>,
  limits: PartLimits,
): Promise<Part<Result>> {
  const { rowLength } = getKnown(query);
  const sent = areRowsShort(rowLength, limits) ? query : limitBytes(query, limits);
  const { columns, rows } = await readValues(pool, sent, planned);
  return takePart(rows, getConverter(sent, converter, columns), limits, rowLength);
}

function getKnown({ sql: text }: CompiledQuery): Known {
  const known = knownByText.get(text);
  if (known) return known;
  const added: Known = { rowLength: { max: undefined }, converters: new Map() };
  knownByText.set(text, added);
  return added;
}

/** The columns of a statement change when a newer node has added one. */
function getConverter<Result>(query: CompiledQuery, converter: RowConverter<Result>, columns: readonly string[]) {
  const { converters } = getKnown(query);
  const byColumns = converters.get(converter) ?? new Map<string, (values: readonly unknown[]) => unknown>();
  converters.set(converter, byColumns);
  const key = columns.join();
  const convert = (byColumns.get(key) as ReturnType<RowConverter<Result>> | undefined) ?? converter(columns);
  byColumns.set(key, convert);
  return convert;
}

type Values = { columns: readonly string[]; rows: unknown[][] };

async function readValues(pool: Pool, { sql: text, parameters }: CompiledQuery, planned: PlanMode): Promise<Values> {
  const query = { text, values: [...parameters], rowMode: 'array' };
  try {
    return toValues(await runQuery(pool, planned === 'generic' ? { ...query, name: getStatementName(text) } : query));
  } catch (error) {
    if (!isOutdatedStatement(error)) throw error;
  }
  return toValues(await runQuery(pool, query));
}

function toValues({ fields, rows }: QueryResult): Values {
  return { columns: fields.map(({ name }) => name), rows };
}

/**
 * The text of a row in PostgreSQL has at most two bytes for each byte of its values, because quotation marks and
 * backslashes are doubled, and some bytes in between.
 */
const maxBytesRatio = 2;
const maxDelimiterBytes = 131_072;

/**
 * Limits the rows that the database sends to somewhat more than a part: the first that is missing would exceed the
 * limit by far. A window without an order keeps the order of its rows. `part_bytes` includes the row itself.
 */
function limitBytes(query: CompiledQuery, { bytes }: PartLimits): CompiledQuery {
  const { sql: text, parameters } = query;
  const limited = `select * from (select part.*, row_number() over () as part_row, octet_length(part::text) as row_bytes,
    sum(octet_length(part::text)) over (rows unbounded preceding) as part_bytes from (${text}) as part) as measured
    where part_row <= 2 or part_bytes - row_bytes <= $${parameters.length + 1}`;
  return { ...query, sql: limited, parameters: [...parameters, maxBytesRatio * bytes + maxDelimiterBytes] };
}
