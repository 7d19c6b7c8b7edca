// The PostgreSQL dialect. Several nodes write, so rows are locked before a decision, and the log last.

import { sql } from 'kysely';
import { postgresBulkSyntax } from '../bulk/postgres-syntax.ts';
import { toConstantQuery } from '../bulk/statements.ts';
import type { Dialect } from '../dialect.ts';
import { allocatePostgresIds } from './ids.ts';
import { logLock } from './locks.ts';

export const postgresDialect: Dialect = {
  bulk: postgresBulkSyntax,
  /** The planner knows the selectivity of each index. */
  withoutIndex: (column) => sql`${sql.ref(column)}`,
  selectJsonTexts: (list) => sql`jsonb_array_elements_text((${list})::jsonb)`,
  isShared: true,
  allocateIds: allocatePostgresIds,
  storesLastIds: false,
  lockLog: async (em) => {
    await em.getKysely().executeQuery(toConstantQuery('select pg_advisory_xact_lock($1)', [logLock], true));
  },
};
