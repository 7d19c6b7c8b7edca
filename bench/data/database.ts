// Creates an empty database with the schema of the service.

import { pino } from 'pino';
import { readConfig } from '../../server/config/config.ts';
import { openStore } from '../../server/database/open-store.ts';

/** Runs the migrations on the database at a URL, and closes it. */
export async function createDatabase(url: string): Promise<void> {
  const config = readConfig({ DATABASE_URL: url });
  await using _store = await openStore({ ...config, log: pino({ level: 'silent' }) });
}
