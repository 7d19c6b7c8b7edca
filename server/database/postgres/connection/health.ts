// Whether the database keeps what it is given, and whether it takes anything.

import type { Pool, PoolClient } from 'pg';
import { StartupError } from '../../../shared/startup-error.ts';
import { toDatabaseError } from '../errors.ts';

type Demand = readonly [setting: string, isMet: (value: string | undefined) => boolean, danger: string];

/** What the database has to be like, for what it answers to be kept, and every character of it. */
const demands: readonly Demand[] = [
  ['synchronous_commit', (value) => value !== 'off', 'what is answered could be lost'],
  ['server_encoding', (value) => value === 'UTF8', 'it cannot keep every text'],
];

/** @throws StartError the database loses what it is given */
export async function assertDurableSettings(pool: Pool): Promise<void> {
  const faults: string[] = [];
  for (const [setting, isMet, danger] of demands) {
    const value = await readSetting(pool, setting);
    if (!isMet(value)) faults.push(`the database has ${setting}=${value}: ${danger}`);
  }
  if (faults.length > 0) throw new StartupError(faults);
}

/**
 * Whether a connection of this pool can write: a standby, which a failover may have made of the database, only reads.
 * It is not asked twice over the same connection. Never throws.
 */
export async function canWrite(pool: Pool): Promise<boolean> {
  try {
    const client = await pool.connect();
    let takes = false;
    try {
      takes = (await readSetting(client, 'transaction_read_only')) === 'off';
    } finally {
      client.release(!takes);
    }
    return takes;
  } catch {
    return false;
  }
}

async function readSetting(connection: Pool | PoolClient, setting: string): Promise<string | undefined> {
  try {
    const { rows } = await connection.query<{ value: string }>('select current_setting($1) as value', [setting]);
    return rows[0]?.value;
  } catch (error) {
    throw toDatabaseError(error);
  }
}
