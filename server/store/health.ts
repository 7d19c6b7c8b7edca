// Whether the database answers.

import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** Never throws. */
export async function canRead(reader: Kysely<Tables>): Promise<boolean> {
  try {
    await reader.selectFrom('counters').select('name').limit(1).execute();
    return true;
  } catch {
    return false;
  }
}
