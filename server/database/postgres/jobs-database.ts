// A small connection pool for pg-boss, so that jobs and requests do not wait for each other. It uses the default type
// parsers of `pg`, which pg-boss expects.

import { types } from 'pg';
import type { StoreOptions } from '../store.ts';
import { openPool } from './connection/pool.ts';
import { acquireClient, runQuery } from './connection/run-query.ts';

/** One fetches jobs, one sends heartbeats, one supervises the jobs of lost nodes. */
const connections = 3;

export type JobsDatabase = AsyncDisposable & {
  /** @throws DatabaseUnavailableError */
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
};

export function openJobsDatabase(options: StoreOptions): JobsDatabase {
  const pool = openPool({ ...options, size: connections, isReading: false });
  return {
    executeSql: async (text, values) => {
      const client = await acquireClient(pool);
      let isUsable = false;
      try {
        const result = await runQuery(client, { text, types, ...(values && { values }) });
        isUsable = true;
        return result;
      } finally {
        // pg-boss sends whole transactions as one text. After an error, the connection is in a failed transaction.
        client.release(!isUsable);
      }
    },
    [Symbol.asyncDispose]: () => pool.end(),
  };
}
