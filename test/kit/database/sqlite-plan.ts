// Query plans of SQLite.

import type { Compilable, Kysely } from 'kysely';
import type { Tables } from '../../../server/database/tables.ts';

/** Returns the steps of the plan of a query, as in `SCAN orders`. */
export async function explainQueryPlan(reader: Kysely<Tables>, query: Compilable): Promise<string[]> {
  const compiled = query.compile();
  const { rows } = await reader.executeQuery<{ detail: string }>({
    ...compiled,
    sql: `explain query plan ${compiled.sql}`,
  });
  return rows.map(({ detail }) => detail);
}
