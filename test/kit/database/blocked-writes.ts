// Blocks changes of webhooks in the database, on SQLite and on PostgreSQL.

import { Client } from 'pg';
import type { TestApp } from '../service/app.ts';

/**
 * Makes every write to the webhooks table fail until the returned object is disposed of. On SQLite the connection is
 * read-only; on PostgreSQL the table is locked, and writes fail after the lock timeout.
 */
export async function blockWebhookWrites({ service: { store }, config }: TestApp): Promise<AsyncDisposable> {
  if (!store.dialect.isShared) {
    await store.pragma('query_only = ON');
    return { [Symbol.asyncDispose]: async () => void (await store.pragma('query_only = OFF')) };
  }
  const client = new Client(config.databaseUrl);
  await client.connect();
  await client.query('begin; lock table webhooks in exclusive mode');
  return { [Symbol.asyncDispose]: () => client.end() };
}
