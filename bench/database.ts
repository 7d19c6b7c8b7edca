// A database as the service makes it: its tables and indexes, and no orders.

import { pino } from 'pino';
import { readConfig } from '../server/config/config.ts';
import { openStore } from '../server/database/open-store.ts';

/** Makes the database that a URL names, and leaves it to whoever opens it next. */
export async function createDatabase(url: string): Promise<void> {
  const config = readConfig({ DATABASE_URL: url });
  await using _store = await openStore({ ...config, log: pino({ level: 'silent' }) });
}
