// What SQLite says and does otherwise. One process writes, so that nothing has to be locked within a transaction.

import { sql } from 'kysely';
import type { Dialect } from '../dialect.ts';
import { findRisingIds } from './ids.ts';

export const sqliteDialect: Dialect = {
  /** A plus keeps a column from its index (sqlite.org/optoverview.html). */
  passedOver: (column) => sql`+${sql.ref(column)}`,
  textsIn: (list) => sql`json_each(${list})`,
  isShared: false,
  findIds: findRisingIds,
  countsIds: true,
  lockLog: async () => {},
};
