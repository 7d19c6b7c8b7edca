// Opens a PostgreSQL database that several nodes share: migrated, with pools for reading and pipelined.

import { MikroORM } from '@mikro-orm/postgresql';
import { Kysely } from 'kysely';
import type { Pool } from 'pg';
import { ormOptions } from '../orm.ts';
import type { Store, StoreOptions } from '../store.ts';
import type { Tables } from '../tables.ts';
import { createCallerCounts } from './caller-counts.ts';
import { CommitMarks } from './commit-marks.ts';
import { postgresKyselyDialect } from './connection/driver.ts';
import { Lookups } from './connection/lookups.ts';
import { openPool } from './connection/pool.ts';
import { readPart, readRows } from './connection/read.ts';
import type { SessionKind } from './connection/session.ts';
import { assertSessionsAreKept } from './connection/session-check.ts';
import { postgresDialect } from './dialect.ts';
import { withStartupErrors } from './errors/startup.ts';
import { locateTables, migrate, migrations, unlimitedBegin } from './migrate.ts';
import { Notifications } from './notifications.ts';
import { createOrmDriver } from './orm-driver.ts';
import { createPostgresTransfer } from './transfer.ts';
import { PostgresWriter } from './writer.ts';

/** The command bus uses one connection; the other resolves unknown commits and sends notices. */
const writers = 2;

/**
 * Opens a PostgreSQL database, migrating it where necessary.
 * @throws StartupError the database is unreachable or does not keep data safely
 */
export async function openPostgres(options: StoreOptions): Promise<Store> {
  await withStartupErrors(() => assertSessionsAreKept(options));
  await using opening = new AsyncDisposableStack();
  const open = (size: number, kind: SessionKind) => {
    return opening.adopt(openPool({ ...options, size, kind }), (pool) => pool.end());
  };
  const pipelined = open(writers, 'pipelined');
  const reading = open(options.databasePoolSize - writers, 'reading');
  // A separate connection, so that nothing waits for rate-limit counts. It also checks whether the database accepts
  // writes.
  const counting = open(1, 'writing');
  const marks = new CommitMarks(pipelined, 2 * options.databaseTimeoutMs);
  const orm = await withStartupErrors(() => openOrm(pipelined));
  opening.defer(() => orm.close(true));
  await withStartupErrors(() => migrate(options, () => orm.migrator.up()));
  await withStartupErrors(() => marks.open());
  opening.defer(() => marks.close());
  const notifications = opening.use(await withStartupErrors(() => Notifications.open(options, pipelined)));
  const writer = new PostgresWriter({ manager: orm.em, marks, pool: pipelined, checking: counting, log: options.log });
  const reader = new Kysely<Tables>({ dialect: postgresKyselyDialect(reading) });
  const owned = opening.move();
  return {
    dialect: postgresDialect,
    recentRows: undefined,
    reader,
    read: (query, planned, converter) => readRows(reading, query, planned, converter),
    readPart: (query, planned, converter, limits) => readPart(reading, query, planned, converter, limits),
    lookUp: new Lookups(reading, options.databaseTimeoutMs).find,
    transaction: writer.transaction,
    isHealthy: () => writer.isHealthy(),
    publishNotice: notifications.publish,
    onNotice: notifications.subscribe,
    callerCounts: createCallerCounts(counting),
    transfer: createPostgresTransfer(reader),
    pragma: async () => {
      throw new Error('PostgreSQL has no pragmas');
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function openOrm(pool: Pool) {
  const { database, schema } = await locateTables(pool);
  return MikroORM.init({
    driver: createOrmDriver(schema),
    // The migrator would create a database of another name.
    dbName: database,
    ensureDatabase: false,
    ...ormOptions,
    driverOptions: postgresKyselyDialect(pool, unlimitedBegin),
    migrations,
  });
}
