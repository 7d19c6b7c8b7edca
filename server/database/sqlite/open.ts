// Opens and closes a SQLite database: migrated, durable, owned by this process, with one connection that writes and one
// that reads.

import { closeSync, mkdirSync, openSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { MikroORM } from '@mikro-orm/sqlite';
import type Database from 'better-sqlite3';
import type { CompiledQuery, Kysely } from 'kysely';
import { inTransaction, ormOptions } from '../orm.ts';
import type { Store } from '../store.ts';
import type { Tables } from '../tables.ts';
import { assertDurable, openReader, openWriter, stopWaiting } from './connections.ts';
import { sqliteDialect } from './dialect.ts';
import { SqliteConnection, sqliteKyselyDialect } from './driver.ts';
import { Migration001Initial } from './migrations/001-initial.ts';
import { Migration002OrdersByStatusAndTime } from './migrations/002-orders-by-status-and-time.ts';
import { Migration003Trust } from './migrations/003-trust.ts';
import { Migration004EventsByType } from './migrations/004-events-by-type.ts';
import { Migration005Webhooks } from './migrations/005-webhooks.ts';
import { BoundSqliteDriver } from './orm-driver.ts';
import { takeOwnership } from './owner-lock.ts';
import { sqliteMoving } from './transfer.ts';

/**
 * Opens the SQLite database in the file at `path`, made and migrated where needed.
 * @throws StartError another process has it
 */
export async function openSqlite(path: string): Promise<Store> {
  const file = trueName(path);
  await using opening = new AsyncDisposableStack();
  opening.use(takeOwnership(file));
  const writer = openWriter(file);
  opening.defer(() => void writer.close());
  const reading = openReader(file);
  opening.defer(() => void reading.close());
  const orm = await openOrm(file, writer, reading);
  opening.defer(() => orm.close(true));
  assertDurable(writer);
  await orm.migrator.up();
  stopWaiting(writer);
  const reader = orm.em.fork().getKysely<Tables>({ type: 'read' });
  const connection = new SqliteConnection(reading);
  const owned = opening.move();
  return {
    dialect: sqliteDialect,
    reader,
    read: async <Row>(query: CompiledQuery<Row>) => (await connection.executeQuery<Row>(query)).rows,
    transaction: (work) => inTransaction(orm.em, work),
    isHealthy: () => canRead(reader),
    tell: () => {},
    onTold: () => {},
    callerCounts: undefined,
    moving: sqliteMoving(reading, reader),
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
      migrationsList: [
        { name: '001-initial', class: Migration001Initial },
        { name: '002-orders-by-status-and-time', class: Migration002OrdersByStatusAndTime },
        { name: '003-trust', class: Migration003Trust },
        { name: '004-events-by-type', class: Migration004EventsByType },
        { name: '005-webhooks', class: Migration005Webhooks },
      ],
      snapshot: false,
      silent: true,
    },
  });
}

/**
 * The name of a file that every link to it leads to, so that all find the same lock. The file and its folder are made
 * where needed: a link to nothing has no true name.
 */
function trueName(path: string): string {
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
