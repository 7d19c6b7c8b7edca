// Checks whether the database keeps data safely, and whether it accepts writes.

import type { Pool, PoolClient } from 'pg';
import { StartupError } from '../../../shared/startup-error.ts';
import { runQuery } from './run-query.ts';

type RequiredSetting = readonly [setting: string, isMet: (value: string | undefined) => boolean, consequence: string];

/** The settings that the service requires. */
const requiredSettings: readonly RequiredSetting[] = [
  ['synchronous_commit', (value) => value !== 'off', 'acknowledged writes could be lost'],
  ['server_encoding', (value) => value === 'UTF8', 'some texts could not be stored'],
];

/** @throws StartupError a setting would lose or alter data */
export async function assertDurableSettings(pool: Pool): Promise<void> {
  const errors: string[] = [];
  for (const [setting, isMet, consequence] of requiredSettings) {
    const value = await readSetting(pool, setting);
    if (!isMet(value)) errors.push(`the database has ${setting}=${value}: ${consequence}`);
  }
  if (errors.length > 0) throw new StartupError(errors);
}

/**
 * Whether a connection of this pool can write. After a failover the server may be a read-only standby; its connection
 * is then closed, so that the next check uses a new one. Never throws.
 */
export async function canWrite(pool: Pool): Promise<boolean> {
  try {
    const client = await pool.connect();
    let isWritable = false;
    try {
      isWritable = (await readSetting(client, 'transaction_read_only')) === 'off';
    } finally {
      client.release(!isWritable);
    }
    return isWritable;
  } catch {
    return false;
  }
}

async function readSetting(connection: Pool | PoolClient, setting: string): Promise<string | undefined> {
  const query = { text: 'select current_setting($1) as value', values: [setting] };
  const { rows } = await runQuery<{ value: string }>(connection, query);
  return rows[0]?.value;
}
