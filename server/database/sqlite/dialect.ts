// What SQLite says and does otherwise. One process writes, so that nothing has to be locked within a transaction.

import { sql } from 'kysely';
import type { Dialect } from '../dialect.ts';
import { allocateSqliteIds } from './ids.ts';

export const sqliteDialect: Dialect = {
  /** A plus keeps a column from its index (sqlite.org/optoverview.html). */
  withoutIndex: (column) => sql`+${sql.ref(column)}`,
  selectJsonTexts: (list) => sql`json_each(${list})`,
  isShared: false,
  allocateIds: allocateSqliteIds,
  storesLastIds: true,
  lockLog: async () => {},
};
