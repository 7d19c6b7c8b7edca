// Runs queries of `pg` and converts their errors. Every query of the service goes through here, the driver or a
// pipelined transaction.

import { type ClientBase, Pool, type PoolClient, type QueryConfig, type QueryResult, type QueryResultRow } from 'pg';
import { isStatementError, toDatabaseError, toUnavailableError } from '../errors/errors.ts';
import { isOutdatedStatement } from './statement-names.ts';
import { assertCommittedWithoutWarning, clearWarnings } from './warnings.ts';

/**
 * Runs a query outside a transaction, on a pool or a connection.
 * @throws DatabaseUnavailableError the connection is lost or cannot be established
 * @throws DatabaseError the server rejected the statement
 * @throws UnknownCommitError the statement was committed, but may be lost in a failover
 */
export async function runQuery<Row extends QueryResultRow>(
  connection: Pool | ClientBase,
  query: QueryConfig,
): Promise<QueryResult<Row>> {
  if (!(connection instanceof Pool)) return runOnClient(connection, query);
  return withClient(connection, (client) => runOnClient(client, query), isReusableAfter);
}

/**
 * Runs `work` on a connection of a pool, which is closed afterwards if `work` fails.
 * @param isReusable whether the connection is kept after this error. Default: never
 * @throws DatabaseUnavailableError no connection can be established; and the errors of `work`
 */
export async function withClient<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
  isReusable: (error: unknown) => boolean = () => false,
): Promise<Result> {
  const client = await acquireClient(pool);
  let isUsable = true;
  try {
    return await work(client);
  } catch (error) {
    isUsable = isReusable(error);
    throw error;
  } finally {
    client.release(!isUsable);
  }
}

/** After an outdated statement, another connection prepares it again. */
function isReusableAfter(error: unknown): boolean {
  return isStatementError(error) && !isOutdatedStatement(error);
}

/** @throws DatabaseUnavailableError */
export async function acquireClient(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw toUnavailableError(error);
  }
}

async function runOnClient<Row extends QueryResultRow>(
  client: ClientBase,
  query: QueryConfig,
): Promise<QueryResult<Row>> {
  clearWarnings(client);
  let result: QueryResult<Row>;
  try {
    result = await client.query<Row>(query);
  } catch (error) {
    throw toDatabaseError(error);
  }
  assertCommittedWithoutWarning(client, 'implicit');
  return result;
}
