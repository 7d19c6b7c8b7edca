// Migrations on PostgreSQL. Nodes that start at the same time migrate one after the other.

import type { Pool } from 'pg';
import { StartupError } from '../../shared/startup-error.ts';
import type { StoreOptions } from '../store.ts';
import type { TransactionBegin } from './connection/driver.ts';
import { openClient } from './connection/pool.ts';
import { runQuery } from './connection/run-query.ts';
import { migrationLock } from './locks.ts';
import { Migration001Schema } from './migrations/001-schema.ts';

export const migrations = {
  migrationsList: [{ name: '001-schema', class: Migration001Schema }],
  snapshot: false,
  silent: true,
};

/** Lifts the timeouts, because migrations may take long. */
export const unlimitedBegin: TransactionBegin = {
  text: `begin; set local statement_timeout = 0; set local lock_timeout = 0;
    set local idle_in_transaction_session_timeout = 0`,
  // The longest delay of a timer.
  queryTimeoutMs: 2 ** 31 - 1,
};

/** Runs the migrations, waiting while another node does so. */
export async function migrate(options: StoreOptions, up: () => Promise<unknown>): Promise<void> {
  const client = await openClient(options);
  try {
    await runQuery(client, { text: 'select pg_advisory_lock($1)', values: [migrationLock] });
    await up();
  } finally {
    await client.end();
  }
}

/**
 * The first schema of the search path that has the tables; without tables, the one where they would be created. A table
 * of migrations alone may belong to another program.
 */
const locationText = `select coalesce(
  (select name from unnest(current_schemas(false)) with ordinality as path (name, number)
    where to_regclass(format('%I.mikro_orm_migrations', name)) is not null
      and to_regclass(format('%I.commit_marks', name)) is not null
    order by number limit 1),
  current_schema()) as schema, current_database() as database`;

/**
 * Returns the name of the database and the schema of its tables.
 * @throws StartupError the search path has no schema
 */
export async function locateTables(pool: Pool): Promise<{ database: string; schema: string }> {
  const { rows } = await runQuery<{ database: string; schema: string | null }>(pool, { text: locationText });
  const { database = '', schema = null } = rows[0] ?? {};
  if (schema !== null) return { database, schema };
  throw new StartupError([
    'the database has no schema for the tables: none in the search_path of the role exists, or the role may not use it; ' +
      'run: CREATE SCHEMA AUTHORIZATION role',
  ]);
}
