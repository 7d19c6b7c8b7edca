// Opens the database that the configuration names.

import { withVariable } from '../shared/startup-error.ts';
import type { Store, StoreOptions } from './store.ts';

/**
 * Opens a database, creating and migrating its schema where necessary. Only its own driver is loaded, which takes a
 * third of a second.
 * @throws StartupError the database is unreachable or unsuitable, or another process uses the file
 */
export function openStore(options: StoreOptions): Promise<Store> {
  const { databaseUrl, log } = options;
  return withVariable('DATABASE_URL', async () => {
    if (!databaseUrl.startsWith('sqlite:')) return (await import('./postgres/open.ts')).openPostgres(options);
    return (await import('./sqlite/open.ts')).openSqlite(databaseUrl.slice('sqlite:'.length), log);
  });
}
