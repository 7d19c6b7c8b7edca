// Whether the database keeps what it is given, and whether it takes anything.

import { type Kysely, sql } from 'kysely';
import type { Pool } from 'pg';
import { StartError } from '../../start-error.ts';
import type { Tables } from '../tables.ts';

/** What the database has to be like, for what it answers to be kept, and every character of it. */
const demands = [
  ['synchronous_commit', (value) => value !== 'off', 'what is answered could be lost'],
  ['server_encoding', (value) => value === 'UTF8', 'it cannot keep every text'],
] as const satisfies readonly (readonly [setting: string, isMet: (value: string) => boolean, danger: string])[];

/** @throws StartError the database loses what it is given */
export async function assertFaithful(pool: Pool): Promise<void> {
  const faults: string[] = [];
  for (const [setting, isMet, danger] of demands) {
    const { rows } = await pool.query<{ value: string }>('select current_setting($1) as value', [setting]);
    const value = rows[0]?.value ?? '';
    if (!isMet(value)) faults.push(`the database has ${setting}=${value}: ${danger}`);
  }
  if (faults.length > 0) throw new StartError(faults);
}

/** A standby, which a failover may have made of the database, only reads. Never throws. */
export async function takesWrites(reader: Kysely<Tables>): Promise<boolean> {
  try {
    const { rows } = await sql<{ isStandby: boolean }>`select pg_is_in_recovery() as "isStandby"`.execute(reader);
    return rows[0]?.isStandby === false;
  } catch {
    return false;
  }
}
