// A small connection pool for pg-boss, so that jobs and requests do not wait for each other. It uses the default type
// parsers of `pg`, which pg-boss expects.

import { types } from 'pg';
import type { StoreOptions } from '../store.ts';
import { openPool } from './connection/pool.ts';
import { runQuery, withClient } from './connection/run-query.ts';

/** One fetches jobs, one sends heartbeats, one supervises the jobs of lost nodes. */
const connections = 3;

/** The connections of pg-boss. */
export type JobsDatabase = AsyncDisposable & {
  /** @throws DatabaseUnavailableError */
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
};

/** Opens the pool. A connection whose statement fails is closed. */
export function openJobsDatabase(options: StoreOptions): JobsDatabase {
  const pool = openPool({ ...options, size: connections, kind: 'writing' });
  return {
    // pg-boss sends whole transactions as one text. After an error, the connection is in a failed transaction.
    executeSql: (text, values) =>
      withClient(pool, (client) => runQuery(client, { text, types, ...(values && { values }) })),
    [Symbol.asyncDispose]: () => pool.end(),
  };
}
