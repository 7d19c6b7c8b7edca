// Migrations on PostgreSQL. Nodes that start at the same time migrate one after the other.

import type { Pool } from 'pg';
import { StartupError } from '../../shared/startup-error.ts';
import type { StoreOptions } from '../store.ts';
import { openClient } from './connection/pool.ts';
import { runQuery } from './connection/run-query.ts';
import { migrationLock } from './locks.ts';
import { Migration001Schema } from './migrations/001-schema.ts';

export const migrations = {
  migrationsList: [{ name: '001-schema', class: Migration001Schema }],
  snapshot: false,
  silent: true,
};

/**
 * Runs the migrations, waiting while another node does so. A migration that takes longer than the statement timeout
 * must lift it itself (`set local statement_timeout = 0`).
 */
export async function migrate(options: StoreOptions, up: () => Promise<unknown>): Promise<void> {
  const client = await openClient(options);
  try {
    await runQuery(client, { text: 'select pg_advisory_lock($1)', values: [migrationLock] });
    await up();
  } finally {
    await client.end();
  }
}

/** The first schema of the search path that has the tables; without tables, the one where they would be created. */
const schemaText = `select coalesce(
  (select nspname from pg_namespace join pg_class on relnamespace = pg_namespace.oid
    where pg_class.oid = to_regclass('mikro_orm_migrations')),
  current_schema()) as schema`;

/**
 * Returns the schema of the tables.
 * @throws StartupError the search path has no schema
 */
export async function findSchema(pool: Pool): Promise<string> {
  const { rows } = await runQuery<{ schema: string | null }>(pool, { text: schemaText });
  if (rows[0]?.schema) return rows[0].schema;
  throw new StartupError([
    'the database has no schema for the tables: none in the search_path of the role exists, or the role may not use it; ' +
      'run: CREATE SCHEMA AUTHORIZATION role',
  ]);
}
