// Checks whether the database accepts writes.

import type { Pool } from 'pg';
import { DatabaseUnavailableError } from '../errors/errors.ts';
import { runQuery, withClient } from './run-query.ts';

const query = { text: "select current_setting('transaction_read_only') as value" };

/**
 * Whether a connection of this pool can write. After a failover the server may be a read-only standby; its connection
 * is then closed, so that the next check uses a new one. Never throws.
 */
export async function canWrite(pool: Pool): Promise<boolean> {
  try {
    await withClient(pool, async (client) => {
      const { rows } = await runQuery<{ value: string }>(client, query);
      if (rows[0]?.value !== 'off') throw new DatabaseUnavailableError('the database is read-only');
    });
    return true;
  } catch {
    return false;
  }
}
