// Chooses the job engine that belongs to the database: a leased table on SQLite, pg-boss on PostgreSQL.

import { type BossQueueOptions, openBossQueue } from './boss/boss-queue.ts';
import type { JobQueue } from './queue.ts';
import { createSqliteQueue, type SqliteQueueOptions } from './sqlite-queue.ts';

/** Opens the engine that belongs to the database. */
export async function openQueue(options: BossQueueOptions & SqliteQueueOptions): Promise<JobQueue> {
  return options.store.dialect.isShared ? openBossQueue(options) : createSqliteQueue(options);
}
