// A database that takes no changes of webhooks for a while, whichever it is.

import { Client } from 'pg';
import type { TestApp } from './app.ts';

/** From now on, until what it returns is disposed of. On PostgreSQL, others wait for a lock until their time is up. */
export async function blockWebhookWrites({ service: { store }, config }: TestApp): Promise<AsyncDisposable> {
  if (!store.dialect.isShared) {
    store.pragma('query_only = ON');
    return { [Symbol.asyncDispose]: async () => void store.pragma('query_only = OFF') };
  }
  const client = new Client(config.databaseUrl);
  await client.connect();
  await client.query('begin; lock table webhooks in exclusive mode');
  return { [Symbol.asyncDispose]: () => client.end() };
}
