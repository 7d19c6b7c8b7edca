// Opens a SQLite database: owned by this process, migrated, with a durable writer and a reader.

import { MikroORM } from '@mikro-orm/sqlite';
import type { Logger } from 'pino';
import { StartupError } from '../../shared/startup-error.ts';
import { classifyFailure } from '../errors.ts';
import { ormOptions } from '../orm.ts';
import { RecentRows } from '../recent-rows.ts';
import type { Store } from '../store.ts';
import type { Tables } from '../tables.ts';
import { ConnectionPair } from './connection-pair.ts';
import { createSqliteDialect } from './dialect.ts';
import { createMigrationDialect, createReadingDialect } from './drivers.ts';
import { assertSoleName, createDatabaseFile, warnOfWideModes } from './file/database-file.ts';
import { acquireOwnerLock } from './file/owner-lock.ts';
import { Migration001Schema } from './migrations/001-schema.ts';
import { SqliteOrmDriver } from './orm-driver.ts';
import { ReadConnection } from './read-connection.ts';
import { createSqliteTransfer } from './transfer.ts';
import { SqliteWriter } from './writer.ts';

/**
 * Opens the SQLite database in the file at `path`, creating and migrating it where necessary. If the disk is full, an
 * existing database is opened for reads only, until there is space.
 * @throws StartupError another process uses the file, or it cannot be opened
 */
export async function openSqlite(path: string, log: Logger): Promise<Store> {
  try {
    return await openFile(createDatabaseFile(path), log);
  } catch (error) {
    const isExpected = classifyFailure(error) !== 'rejected';
    throw isExpected && error instanceof Error ? new StartupError([error.message], { cause: error }) : error;
  }
}

async function openFile(file: string, log: Logger): Promise<Store> {
  await using opening = new AsyncDisposableStack();
  opening.use(acquireOwnerLock(file));
  assertSoleName(file);
  const connections = opening.use(await ConnectionPair.open(file, log));
  const { reading } = connections;
  const orm = await openOrm(file, connections);
  opening.defer(() => orm.close(true));
  const reader = orm.em.fork().getKysely<Tables>({ type: 'read' });
  const recentRows = new RecentRows();
  const writer = new SqliteWriter({ file, connections, orm, recentRows, log });
  await writer.open();
  opening.defer(() => writer.close());
  const connection = new ReadConnection(reading);
  log.info({ path: file }, `opened the database ${file}`);
  warnOfWideModes(file, log);
  const owned = opening.move();
  return {
    dialect: createSqliteDialect(recentRows),
    recentRows,
    reader,
    read: (query, _planned, converter) => connection.read(query, converter),
    readPart: (query, _planned, converter, limits) => connection.readPart(query, converter, limits),
    transaction: writer.transaction,
    isHealthy: async () => writer.isHealthy(),
    publishNotice: () => {},
    onNotice: () => {},
    callerCounts: undefined,
    transfer: createSqliteTransfer(reading, reader),
    pragma: (text) => connections.writer.pragma(text),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function openOrm(file: string, { writer, reading }: ConnectionPair) {
  return MikroORM.init({
    driver: SqliteOrmDriver,
    dbName: file,
    ...ormOptions,
    driverOptions: createMigrationDialect(writer),
    replicas: [{ driverOptions: () => createReadingDialect(reading) }],
    migrations: {
      migrationsList: [{ name: '001-schema', class: Migration001Schema }],
      snapshot: false,
      silent: true,
    },
  });
}
