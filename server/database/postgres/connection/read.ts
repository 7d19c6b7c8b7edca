// Reads past everything that Kysely does for each query. What has a name is planned a few times for its values, and
// then once for all; what has none, each time.

import type { CompiledQuery } from 'kysely';
import { DatabaseError, type Pool } from 'pg';
import type { PlanMode } from '../../store.ts';
import { toDatabaseError } from '../errors.ts';

/**
 * The names that texts of queries have among the statements of a connection. There are few: they were compiled once.
 */
const names = new Map<string, string>();

/** What a connection remembers no longer fits: a newer node has added a column (SQLSTATE feature_not_supported). */
const outdatedCode = '0A000';

export async function readRows<Row>(
  pool: Pool,
  { sql: text, parameters }: CompiledQuery<Row>,
  planned: PlanMode,
): Promise<Row[]> {
  const values = [...parameters];
  try {
    return (await pool.query({ text, values, ...(planned === 'once' && { name: findStatementName(text) }) })).rows;
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== outdatedCode) throw toDatabaseError(error);
  }
  try {
    return (await pool.query({ text, values })).rows;
  } catch (error) {
    throw toDatabaseError(error);
  }
}

function findStatementName(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `read-${names.size}`;
  names.set(text, name);
  return name;
}
