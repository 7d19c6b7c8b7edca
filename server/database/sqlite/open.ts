// Opens a SQLite database: owned by this process, migrated, with a durable writer and a reader.

import { closeSync, mkdirSync, openSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { MikroORM } from '@mikro-orm/sqlite';
import type Database from 'better-sqlite3';
import type { CompiledQuery, Kysely } from 'kysely';
import { ormOptions, runInTransaction } from '../orm.ts';
import type { Store } from '../store.ts';
import type { Tables } from '../tables.ts';
import { assertDurable, disableBusyTimeout, openReader, openWriter } from './connections.ts';
import { sqliteDialect } from './dialect.ts';
import { SqliteConnection, sqliteKyselyDialect } from './driver.ts';
import { Migration001Schema } from './migrations/001-schema.ts';
import { BoundSqliteDriver } from './orm-driver.ts';
import { acquireOwnerLock } from './owner-lock.ts';
import { createSqliteTransfer } from './transfer.ts';

/**
 * Opens the SQLite database in the file at `path`, creating and migrating it where necessary.
 * @throws StartupError another process uses the file
 */
export async function openSqlite(path: string): Promise<Store> {
  const file = resolveRealPath(path);
  await using opening = new AsyncDisposableStack();
  opening.use(acquireOwnerLock(file));
  const writer = openWriter(file);
  opening.defer(() => void writer.close());
  const reading = openReader(file);
  opening.defer(() => void reading.close());
  const orm = await openOrm(file, writer, reading);
  opening.defer(() => orm.close(true));
  assertDurable(writer);
  await orm.migrator.up();
  disableBusyTimeout(writer);
  const reader = orm.em.fork().getKysely<Tables>({ type: 'read' });
  const connection = new SqliteConnection(reading);
  const owned = opening.move();
  return {
    dialect: sqliteDialect,
    reader,
    read: async <Row>(query: CompiledQuery<Row>) => (await connection.executeQuery<Row>(query)).rows,
    readPart: async (query, _planned, maxBytes) => connection.readPart(query, maxBytes),
    transaction: (work) => runInTransaction(orm.em, work),
    isHealthy: () => canRead(reader),
    publishNotice: () => {},
    onNotice: () => {},
    callerCounts: undefined,
    transfer: createSqliteTransfer(reading, reader),
    pragma: (text) => writer.pragma(text, { simple: true }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function openOrm(file: string, writer: Database.Database, reading: Database.Database) {
  return MikroORM.init({
    driver: BoundSqliteDriver,
    dbName: file,
    ...ormOptions,
    driverOptions: sqliteKyselyDialect(writer),
    replicas: [{ driverOptions: () => sqliteKyselyDialect(reading) }],
    migrations: {
      migrationsList: [{ name: '001-schema', class: Migration001Schema }],
      snapshot: false,
      silent: true,
    },
  });
}

/**
 * Resolves links, so that every path to the file leads to the same lock. Creates the file and its folder first, because
 * a link to a missing file cannot be resolved.
 */
function resolveRealPath(path: string): string {
  const file = resolve(path);
  mkdirSync(dirname(file), { recursive: true });
  closeSync(openSync(file, 'a'));
  return realpathSync(file);
}

/** Never throws. */
async function canRead(reader: Kysely<Tables>): Promise<boolean> {
  try {
    await reader.selectFrom('counters').select('name').limit(1).execute();
    return true;
  } catch {
    return false;
  }
}
