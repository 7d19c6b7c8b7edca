// What PostgreSQL says and does otherwise. Several nodes write: what is decided on is locked first, the log last of
// all.

import { sql } from 'kysely';
import type { Dialect } from '../dialect.ts';
import { allocatePostgresIds } from './ids.ts';
import { logLock } from './locks.ts';

export const postgresDialect: Dialect = {
  /** The planner knows how many rows each index leaves. */
  withoutIndex: (column) => sql`${sql.ref(column)}`,
  selectJsonTexts: (list) => sql`jsonb_array_elements_text((${list})::jsonb)`,
  isShared: true,
  allocateIds: allocatePostgresIds,
  storesLastIds: false,
  lockLog: async (em) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(logLock)})`.execute(em.getKysely());
  },
};
