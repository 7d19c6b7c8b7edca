// Runs compiled reads without Kysely's per-query work. Named statements are planned a few times and then use a generic
// plan; unnamed ones are planned each time.

import type { CompiledQuery } from 'kysely';
import { DatabaseError, type Pool } from 'pg';
import type { PlanMode } from '../../store.ts';
import { runQuery } from './run-query.ts';

/** The statement names of query texts. The texts are few, because they are compiled once. */
const names = new Map<string, string>();

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

function findStatementName(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `read-${names.size}`;
  names.set(text, name);
  return name;
}
