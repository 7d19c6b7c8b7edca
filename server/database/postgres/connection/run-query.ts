// Runs queries of `pg` and converts their errors. Every query of the service goes through here or through the driver.

import type { ClientBase, Pool, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import { toDatabaseError } from '../errors.ts';

/**
 * Runs a query on a pool or a connection.
 * @throws DatabaseUnavailableError the connection is lost or cannot be established
 * @throws DatabaseError the server rejected the statement
 */
export async function runQuery<Row extends QueryResultRow>(
  connection: Pool | ClientBase,
  query: QueryConfig,
): Promise<QueryResult<Row>> {
  try {
    return await connection.query<Row>(query);
  } catch (error) {
    throw toDatabaseError(error);
  }
}
