// The connections of the job engine: a small pool of their own, so that it and requests do not wait for one another.
// They answer as `pg` does, since the engine knows nothing of the rows of ours.

import { types } from 'pg';
import type { StoreOptions } from '../store.ts';
import { openPool } from './connection/pool.ts';
import { toDatabaseError } from './errors.ts';

/** One that takes jobs, one that keeps them alive, one that looks after those of nodes that have died. */
const connections = 3;

export type JobsDatabase = AsyncDisposable & {
  /** @throws AwayError the database is away */
  executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
};

export function openJobsDatabase(options: StoreOptions): JobsDatabase {
  const pool = openPool({ ...options, size: connections, isReading: false });
  return {
    executeSql: async (text, values) => {
      try {
        return await pool.query({ text, types, ...(values && { values }) });
      } catch (error) {
        throw toDatabaseError(error);
      }
    },
    [Symbol.asyncDispose]: () => pool.end(),
  };
}
