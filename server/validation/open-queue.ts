// The job engine, as everything above sees it: whichever it is, it is asked the same.

import { type BossQueueOptions, openBossQueue } from './boss/boss-queue.ts';
import type { JobQueue } from './queue.ts';
import { createSqliteQueue, type SqliteQueueOptions } from './sqlite-queue.ts';

/** Opens the engine that belongs to the database. */
export async function openQueue(options: BossQueueOptions & SqliteQueueOptions): Promise<JobQueue> {
  return options.databaseUrl.startsWith('sqlite:') ? createSqliteQueue(options) : openBossQueue(options);
}
