// Opens pg-boss on its own connections: creates its tables and queues, and writes its errors and warnings to the log.

import { type Db, PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import { deadLetterQueue, validationQueue } from './job-names.ts';

/** `db` runs the statements of pg-boss. */
export type PgBossOptions = {
  db: Db;
  /** How many nodes may die with a job before pg-boss gives it up. Independent of the attempts of the run. */
  attempts: number;
  log: Logger;
};

/** A node without a heartbeat for this time is considered dead. The minimum of pg-boss. */
const heartbeatSeconds = 10;

/** The least time between two searches for jobs of dead nodes, by any node. */
const monitorSeconds = 1;

const hourSeconds = 3_600;

const queueOptions = {
  heartbeatSeconds,
  // Only the jobs of dead nodes are retried, and at once. The delay between attempts belongs to the run.
  retryBackoff: false,
  retryDelay: 0,
  // Heartbeats show that a job is in progress; its duration is not limited otherwise.
  expireInSeconds: 24 * hourSeconds,
  deadLetter: deadLetterQueue,
  deleteAfterSeconds: hourSeconds,
};

/** Opens pg-boss. Disposing of the result stops pg-boss and leaves the connections open. */
export async function openPgBoss({ db, attempts, log }: PgBossOptions): Promise<AsyncDisposable & { boss: PgBoss }> {
  const boss = new PgBoss({
    db,
    createSchema: await isSchemaMissing(db),
    schedule: false,
    // No part of the service reads the instance registry.
    registerInstance: false,
    // Jobs are deleted when their runs end, so the table stays small unless many wait; `GET /stats` counts those.
    reindex: false,
    warningQueueSize: 1_000_000,
    // `Supervision` starts the search for jobs of dead nodes.
    supervise: false,
    monitorIntervalSeconds: monitorSeconds,
    maintenanceIntervalSeconds: hourSeconds,
  });
  // Without a listener, an `error` event would end the process.
  boss.on('error', (error) => log.warn({ reason: error.message }, 'pg-boss error'));
  boss.on('warning', ({ message }) => log.warn({ reason: message }, 'pg-boss warning'));
  await using opening = new AsyncDisposableStack();
  // A failed start leaves pg-boss partly running.
  opening.defer(() => boss.stop({ graceful: false }));
  await boss.start();
  await createQueues(boss, attempts);
  const opened = opening.move();
  return { boss, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** CREATE SCHEMA requires a privilege on the database, even for a schema that exists. */
async function isSchemaMissing(db: Db): Promise<boolean> {
  const { rows } = await db.executeSql("select to_regnamespace('pgboss') is null as missing");
  return rows[0]?.missing === true;
}

async function createQueues(boss: PgBoss, attempts: number): Promise<void> {
  await boss.createQueue(deadLetterQueue, { deleteAfterSeconds: hourSeconds });
  const options = { ...queueOptions, retryLimit: attempts - 1 };
  await boss.createQueue(validationQueue, options);
  // The queue may exist with the options of another version or configuration of the service.
  await boss.updateQueue(validationQueue, options);
}
