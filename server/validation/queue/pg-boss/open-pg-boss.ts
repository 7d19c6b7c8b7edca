// Opens pg-boss on connections of its own: its tables made where they are missing, its queues as we want them, and
// whatever it complains of in the log, since an error that nobody listens to would end the process.

import { type Db, PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import { deadLetterQueue, validationQueue } from './job-names.ts';

export type PgBossOptions = {
  db: Db;
  /** How often a run may lose whoever took it before it is given up; its own attempts are counted besides. */
  attempts: number;
  log: Logger;
};

/** Whoever does not say so often that it is alive has died. pg-boss takes no less. */
const heartbeatSeconds = 10;

/** How often jobs are looked for whose node has died. */
const superviseSeconds = 3;

const hourSeconds = 3_600;

const queueOptions = {
  heartbeatSeconds,
  // Only a job whose node has died is retried, and at once: when a run is to be tried again is told by the run.
  retryBackoff: false,
  retryDelay: 0,
  // Heartbeats tell whether a job is under way, however long that takes.
  expireInSeconds: 24 * hourSeconds,
  deadLetter: deadLetterQueue,
  deleteAfterSeconds: hourSeconds,
};

/** Opens pg-boss. Disposing of it stops it, and leaves the connections open. */
export async function openPgBoss({ db, attempts, log }: PgBossOptions): Promise<AsyncDisposable & { boss: PgBoss }> {
  const boss = new PgBoss({
    db,
    schedule: false,
    // The registry of instances is of no use here.
    registerInstance: false,
    // A job is deleted when its run ends, so that there are few but where many wait; `GET /stats` tells how many do.
    reindex: false,
    warningQueueSize: 1_000_000,
    superviseIntervalSeconds: superviseSeconds,
    monitorIntervalSeconds: superviseSeconds,
    maintenanceIntervalSeconds: hourSeconds,
  });
  boss.on('error', (error) => log.warn({ reason: error.message }, 'the job engine failed'));
  boss.on('warning', ({ message }) => log.warn({ reason: message }, 'the job engine warns'));
  await using opening = new AsyncDisposableStack();
  // What a start that fails has begun goes on otherwise.
  opening.defer(() => boss.stop({ graceful: false }));
  await boss.start();
  await makeQueues(boss, attempts);
  const opened = opening.move();
  return { boss, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function makeQueues(boss: PgBoss, attempts: number): Promise<void> {
  await boss.createQueue(deadLetterQueue, { deleteAfterSeconds: hourSeconds });
  const options = { ...queueOptions, retryLimit: attempts - 1 };
  await boss.createQueue(validationQueue, options);
  // It may be there with other options, from another version of the service or of its configuration.
  await boss.updateQueue(validationQueue, options);
}
