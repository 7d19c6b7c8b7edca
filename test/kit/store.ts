// A store in a test, as the service opens it.

import { pino } from 'pino';
import { readConfig } from '../../server/config.ts';
import { openStore, type Store } from '../../server/store/store.ts';

export function openTestStore(databaseUrl: string): Promise<Store> {
  return openStore({ ...readConfig({ DATABASE_URL: databaseUrl }), log: pino({ level: 'silent' }) });
}
