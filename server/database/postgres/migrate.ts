// Migrations on PostgreSQL. Nodes that start at the same time migrate one after the other.

import { Client } from 'pg';
import type { StoreOptions } from '../store.ts';
import { connectClient, toConnectionSettings } from './connection/pool.ts';
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
  const client = new Client(toConnectionSettings(options));
  client.on('error', () => {});
  try {
    await connectClient(client);
    await runQuery(client, { text: 'select pg_advisory_lock($1)', values: [migrationLock] });
    await up();
  } finally {
    await client.end();
  }
}
