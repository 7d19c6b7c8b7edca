// Chooses the job queue for the database: a table with leases on SQLite, pg-boss on PostgreSQL.

import { withVariable } from '../../shared/startup-error.ts';
import type { JobQueue } from './job-queue.ts';
import type { PgBossQueueOptions } from './pg-boss/pg-boss-queue.ts';
import { createSqliteQueue, type SqliteQueueOptions } from './sqlite/sqlite-queue.ts';

/**
 * Opens the job queue of the store's database.
 * @throws StartupError the database is unreachable, or the role lacks a privilege
 */
export function openQueue(options: PgBossQueueOptions & SqliteQueueOptions): Promise<JobQueue> {
  return withVariable('DATABASE_URL', async () => {
    if (!options.store.dialect.isShared) return createSqliteQueue(options);
    return (await import('./pg-boss/pg-boss-queue.ts')).openPgBossQueue(options);
  });
}
