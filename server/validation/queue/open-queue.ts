// Chooses the job queue for the database: a table with leases on SQLite, pg-boss on PostgreSQL.

import type { JobQueue } from './job-queue.ts';
import { openPgBossQueue, type PgBossQueueOptions } from './pg-boss/pg-boss-queue.ts';
import { createSqliteQueue, type SqliteQueueOptions } from './sqlite/sqlite-queue.ts';

/** Opens the job queue of the store's database. */
export async function openQueue(options: PgBossQueueOptions & SqliteQueueOptions): Promise<JobQueue> {
  return options.store.dialect.isShared ? openPgBossQueue(options) : createSqliteQueue(options);
}
