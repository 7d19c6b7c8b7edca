// The writing connection of SQLite when `begin`, `commit` or `rollback` fails: nothing hangs, no transaction is
// repeated after an unknown commit, and the next transaction finds a usable connection.

import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { CompiledQuery, Kysely } from 'kysely';
import { describe, expect, test } from 'vitest';
import { UnknownCommitError } from '../../server/database/commit-errors.ts';
import { classifyFailure } from '../../server/database/errors.ts';
import { openWriter } from '../../server/database/sqlite/connections.ts';
import { createMigrationDialect } from '../../server/database/sqlite/drivers.ts';
import { toSqliteFileError } from '../../server/database/sqlite/errors.ts';
import type { Batch } from '../../server/database/sqlite/writer-thread/messages.ts';
import { ThreadTransaction } from '../../server/database/sqlite/writer-thread/transaction.ts';
import { WriteConnection } from '../../server/database/sqlite/writer-thread/write-connection.ts';
import { createTemporaryFolder } from '../kit/folder.ts';

/** Creates an error as better-sqlite3 throws it. */
function createSqliteError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** Errors to throw before or after the execution of a statement, by its text. */
type Faults = { before?: Record<string, Error>; after?: Record<string, Error> };

/** Wraps a database so that the statements of the driver fail as the test says. */
function injectFaults(database: Database.Database, { before = {}, after = {} }: Faults): Database.Database {
  return new Proxy(database, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (name !== 'exec') return typeof value === 'function' ? value.bind(target) : value;
      return (sql: string) => {
        if (before[sql]) throw before[sql];
        target.exec(sql);
        if (after[sql]) throw after[sql];
      };
    },
  });
}

type Numbers = { numbers: { value: number } };

type Work = (kysely: Kysely<Numbers>, faults: Faults, connection: WriteConnection) => Promise<void>;

async function withDatabase(work: Work): Promise<void> {
  await using folder = await createTemporaryFolder();
  const faults: Faults = { before: {}, after: {} };
  const database = openWriter(join(folder.path, 'x.db'));
  database.exec('create table numbers (value integer)');
  const connection = new WriteConnection({
    database: injectFaults(database, faults),
    onCommit: () => {},
  });
  // Messages between threads are copies, too.
  const run = async (batch: Batch) => structuredClone(connection.run(structuredClone(batch)));
  const kysely = new Kysely<Numbers>({ dialect: createMigrationDialect({ run }) });
  await work(kysely, faults, connection);
  await kysely.destroy();
  database.close();
}

function insert(kysely: Kysely<Numbers>, value: number): Promise<unknown> {
  return kysely.transaction().execute((transaction) => transaction.insertInto('numbers').values({ value }).execute());
}

async function readNumbers(kysely: Kysely<Numbers>): Promise<number[]> {
  return (await kysely.selectFrom('numbers').select('value').execute()).map(({ value }) => value);
}

describe('a transaction', () => {
  test.each(['SQLITE_BUSY', 'SQLITE_IOERR'])(
    'a transaction whose begin fails with %s releases the connection',
    async (code) => {
      await withDatabase(async (kysely, { before = {} }) => {
        before['begin immediate'] = createSqliteError(code);
        await expect(insert(kysely, 1)).rejects.toThrow(code);
        delete before['begin immediate'];
        await insert(kysely, 2);
        expect(await readNumbers(kysely)).toEqual([2]);
      });
    },
  );

  test('a transaction whose commit and rollback fail is rolled back before the next one and reports the first error', async () => {
    await withDatabase(async (kysely, { before = {} }) => {
      before.commit = createSqliteError('SQLITE_FULL');
      before.rollback = createSqliteError('SQLITE_IOERR');
      await expect(insert(kysely, 1)).rejects.toThrow('SQLITE_FULL');
      delete before.commit;
      delete before.rollback;
      await insert(kysely, 2);
      expect(await readNumbers(kysely)).toEqual([2]);
    });
  });

  test.each(['SQLITE_BUSY', 'SQLITE_IOERR', 'SQLITE_CORRUPT', 'SQLITE_ERROR'])(
    'a commit that fails with %s after its execution is reported as unknown and is not retryable',
    async (code) => {
      await withDatabase(async (kysely, { after = {} }) => {
        after.commit = createSqliteError(code);
        const error = await insert(kysely, 1).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(UnknownCommitError);
        expect(classifyFailure(error)).toBe('storage');
      });
    },
  );

  test('a batch that was sent before its transaction failed is not executed', async () => {
    await withDatabase(async (kysely, _, connection) => {
      const insertRow = { sql: 'insert into numbers values (?)', parameters: [1] };
      const broken = { sql: 'insert into missing values (?)', parameters: [1] };
      const begin = { dataVersion: undefined };
      const first = connection.run({ begin, isInTransaction: true, statements: [broken] });
      expect(first).toMatchObject({ results: [], failure: { message: 'no such table: missing' } });
      const second = connection.run({ isInTransaction: true, statements: [insertRow], end: 'commit' });
      expect(second).toMatchObject({ results: [], failure: { message: 'the transaction has failed' } });
      expect(await readNumbers(kysely)).toEqual([]);
    });
  });

  test('a batch of a transaction whose begin failed is not executed', async () => {
    await withDatabase(async (kysely, { before = {} }, connection) => {
      before['begin immediate'] = createSqliteError('SQLITE_BUSY');
      const begin = { dataVersion: undefined };
      expect(connection.run({ begin, isInTransaction: true, statements: [] }).failure?.code).toBe('SQLITE_BUSY');
      const statements = [{ sql: 'insert into numbers values (?)', parameters: [1] }];
      expect(connection.run({ isInTransaction: true, statements, end: 'commit' })).not.toHaveProperty('commit');
      expect(await readNumbers(kysely)).toEqual([]);
    });
  });

  test('a statement after the end of its transaction is not executed', async () => {
    await withDatabase(async (kysely, _, connection) => {
      const transaction = new ThreadTransaction({ run: async (batch) => connection.run(batch) });
      const query = CompiledQuery.raw('insert into numbers values (?)', [1]);
      transaction.begin({ dataVersion: undefined });
      await transaction.executeQuery(query);
      await transaction.rollback();
      await expect(transaction.executeQuery(query)).rejects.toThrow('the transaction has ended');
      expect(await readNumbers(kysely)).toEqual([]);
    });
  });
});

describe('a failure', () => {
  test.each([
    ['SQLITE_BUSY', 'busy'],
    ['SQLITE_BUSY_SNAPSHOT', 'busy'],
    ['SQLITE_FULL', 'storage'],
    ['SQLITE_IOERR_WRITE', 'storage'],
    ['SQLITE_CORRUPT', 'storage'],
    ['SQLITE_PERM', 'storage'],
    ['SQLITE_READONLY_DBMOVED', 'storage'],
    ['SQLITE_CONSTRAINT_UNIQUE', 'rejected'],
    ['ENOENT', 'rejected'],
  ])('an error with the code %s at any depth of causes is classified as %s', (code, kind) => {
    const error = new Error('outer', { cause: new Error('middle', { cause: createSqliteError(code) }) });
    expect(classifyFailure(error)).toBe(kind);
  });
});

describe('the message of a failure', () => {
  test.each([
    ['SQLITE_READONLY', /read-only .*; make both writable/],
    ['SQLITE_READONLY_DBMOVED', /moved, deleted or replaced .*; move it back/],
    ['SQLITE_CANTOPEN', /cannot be opened or created .*; check that the folder is writable/],
    ['SQLITE_PERM', /access is denied .*; give the user of the service/],
    ['SQLITE_FULL', /the disk is full .*; free space/],
    ['SQLITE_IOERR_WRITE', /full or failing .*; check free space/],
    ['SQLITE_CORRUPT', /damaged .*; stop the service/],
    ['SQLITE_NOTADB', /not a SQLite database .*; check DATABASE_URL/],
    ['SQLITE_BUSY', /another process has locked the file .*; end the backup or shell/],
  ])('an error with the code %s names the file, the cause and the remedy', (code, message) => {
    const error = toSqliteFileError('/data/orders.db', new Error('outer', { cause: createSqliteError(code) }));
    expect(error).toMatchObject({ code, message: expect.stringContaining('cannot use /data/orders.db: ') });
    expect(error).toMatchObject({ message: expect.stringMatching(message) });
  });

  test('an unknown commit is not reported as busy, because it must not be retried', () => {
    const unknown = new UnknownCommitError('unknown', { cause: createSqliteError('SQLITE_BUSY') });
    expect(classifyFailure(toSqliteFileError('/data/orders.db', unknown))).toBe('storage');
  });
});
