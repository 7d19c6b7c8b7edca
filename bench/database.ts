// A database as the service makes it: its tables and indexes, and no orders.

import { pino } from 'pino';
import { readConfig } from '../server/config.ts';
import { openStore } from '../server/store/store.ts';

/** Makes the file at `path`, and leaves it to whoever opens it next. */
export async function makeDatabase(path: string): Promise<void> {
  const config = readConfig({ DATABASE_URL: `sqlite:${path}` });
  await using _store = await openStore({ ...config, log: pino({ level: 'silent' }) });
}
