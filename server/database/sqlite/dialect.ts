// The SQLite dialect. One process writes, so nothing has to be locked within a transaction.

import { sql } from 'kysely';
import { sqliteBulkSyntax } from '../bulk/sqlite-syntax.ts';
import type { Dialect } from '../dialect.ts';
import type { RecentRows } from '../recent-rows.ts';
import { createIdAllocator } from './ids.ts';

export function createSqliteDialect(recentRows: RecentRows): Dialect {
  return {
    bulk: sqliteBulkSyntax,
    /** A unary plus keeps the planner from using the index of a column (sqlite.org/optoverview.html). */
    withoutIndex: (column) => sql`+${sql.ref(column)}`,
    selectJsonTexts: (list) => sql`json_each(${list})`,
    isShared: false,
    allocateIds: createIdAllocator(recentRows),
    storesLastIds: true,
    lockLog: async () => {},
  };
}
