// Checks whether the database accepts writes.

import type { Pool } from 'pg';
import { acquireClient, runQuery } from './run-query.ts';

const query = { text: "select current_setting('transaction_read_only') as value" };

/**
 * Whether a connection of this pool can write. After a failover the server may be a read-only standby; its connection
 * is then closed, so that the next check uses a new one. Never throws.
 */
export async function canWrite(pool: Pool): Promise<boolean> {
  try {
    const client = await acquireClient(pool);
    let isWritable = false;
    try {
      const { rows } = await runQuery<{ value: string }>(client, query);
      isWritable = rows[0]?.value === 'off';
    } finally {
      client.release(!isWritable);
    }
    return isWritable;
  } catch {
    return false;
  }
}
