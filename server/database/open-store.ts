// Opens the database that the configuration names.

import { withVariable } from '../shared/startup-error.ts';
import { openPostgres } from './postgres/open.ts';
import { openSqlite } from './sqlite/open.ts';
import type { Store, StoreOptions } from './store.ts';

/**
 * Opens a database, creating and migrating its schema where necessary.
 * @throws StartupError the database is unreachable or unsuitable, or another process uses the file
 */
export function openStore(options: StoreOptions): Promise<Store> {
  const { databaseUrl, log } = options;
  return withVariable('DATABASE_URL', () =>
    databaseUrl.startsWith('sqlite:') ? openSqlite(databaseUrl.slice('sqlite:'.length), log) : openPostgres(options),
  );
}
