// Opens and closes a PostgreSQL database, which several nodes share: migrated, with connections that read and others
// that write, and a word to the other nodes after each commit.

import { MikroORM } from '@mikro-orm/postgresql';
import type { EntityManager } from '@mikro-orm/sql';
import { Kysely } from 'kysely';
import type { Pool } from 'pg';
import { StartupError } from '../../shared/startup-error.ts';
import { UnknownCommitError } from '../commit-errors.ts';
import { classifyFailure } from '../errors.ts';
import { ormOptions, runInTransaction } from '../orm.ts';
import type { Store, StoreOptions } from '../store.ts';
import type { Tables } from '../tables.ts';
import { createCallerCounts } from './caller-counts.ts';
import { CommitMarks } from './commit-marks.ts';
import { postgresKyselyDialect } from './connection/driver.ts';
import { assertDurableSettings, canWrite } from './connection/health.ts';
import { openPool } from './connection/pool.ts';
import { readRows } from './connection/read.ts';
import { postgresDialect } from './dialect.ts';
import { DatabaseUnavailableError } from './errors.ts';
import { migrate, migrations } from './migrate.ts';
import { Notifications } from './notifications.ts';
import { TextJsonDriver } from './orm-driver.ts';
import { createPostgresTransfer } from './transfer.ts';

/** The door has one connection; the other finds out about lost commits, and tells the other nodes. */
const writers = 2;

/**
 * Opens a PostgreSQL database, migrated where needed.
 * @throws StartError it cannot be reached, or does not keep what it answers
 */
export async function openPostgres(options: StoreOptions): Promise<Store> {
  await using opening = new AsyncDisposableStack();
  const open = (size: number, isReading: boolean) => {
    return opening.adopt(openPool({ ...options, size, isReading }), (pool) => pool.end());
  };
  const writing = open(writers, false);
  const reading = open(options.databasePoolSize - writers, true);
  // Of its own, so that nobody waits for it. It also tells whether the database takes writes.
  const counting = open(1, false);
  const marks = new CommitMarks(writing, 2 * options.databaseTimeoutMs);
  const orm = await withStartupErrors(() => openOrm(writing, marks));
  opening.defer(() => orm.close(true));
  await withStartupErrors(() => assertDurableSettings(writing));
  await withStartupErrors(() => migrate(options, () => orm.migrator.up()));
  await withStartupErrors(() => marks.open());
  opening.defer(() => marks.close());
  const notifications = opening.use(await withStartupErrors(() => Notifications.open(options, writing)));
  const reader = new Kysely<Tables>({ dialect: postgresKyselyDialect(reading) });
  const owned = opening.move();
  return {
    dialect: postgresDialect,
    reader,
    read: (query, planned) => readRows(reading, query, planned),
    transaction: (work) => runTransaction(orm.em, marks, work),
    isHealthy: () => canWrite(counting),
    publishNotice: notifications.tell,
    onNotice: notifications.onTold,
    callerCounts: createCallerCounts(counting),
    transfer: createPostgresTransfer(reader),
    pragma: () => {
      throw new Error('PostgreSQL has no pragmas');
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function openOrm(pool: Pool, marks: CommitMarks) {
  return MikroORM.init({
    driver: TextJsonDriver,
    dbName: 'orders',
    ...ormOptions,
    driverOptions: postgresKyselyDialect(pool, marks.begin),
    migrations,
  });
}

/** A commit whose answer is lost is found out about, before anybody is told. */
async function runTransaction<Result>(
  manager: EntityManager,
  marks: CommitMarks,
  work: (em: EntityManager) => Promise<Result>,
): Promise<Result> {
  const done: { result?: Result; mark?: number } = {};
  try {
    return await runInTransaction(manager, async (em) => {
      done.mark = marks.latest;
      done.result = await work(em);
      return done.result;
    });
  } catch (error) {
    if (!(error instanceof UnknownCommitError) || done.mark === undefined) throw error;
    const isCommitted = await marks.isCommitted(done.mark);
    if (isCommitted === undefined) throw error;
    if (!isCommitted)
      throw new DatabaseUnavailableError('the connection was lost before the commit', { cause: error.cause });
    return done.result as Result;
  }
}

/** @throws StartError what fails does so because the database cannot be used */
async function withStartupErrors<Result>(step: () => Promise<Result>): Promise<Result> {
  try {
    return await step();
  } catch (error) {
    if (classifyFailure(error) === 'rejected' || !(error instanceof Error)) throw error;
    throw new StartupError([error.message], { cause: error });
  }
}
