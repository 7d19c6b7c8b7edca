// What the driver does when SQLite fails at the worst moment: nothing hangs, nothing is run twice, and the next
// transaction finds the connection as it should be.

import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { Kysely } from 'kysely';
import { describe, expect, test } from 'vitest';
import { UnknownCommitError } from '../../server/database/commit-errors.ts';
import { classifyFailure } from '../../server/database/errors.ts';
import { openWriter } from '../../server/database/sqlite/connections.ts';
import { sqliteKyselyDialect } from '../../server/database/sqlite/driver.ts';
import { createTemporaryFolder } from '../kit/folder.ts';

/** An error as better-sqlite3 throws it. */
function sqliteError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

type Hooks = { before?: Record<string, Error>; after?: Record<string, Error> };

/** A database whose `begin immediate`, `commit` and `rollback` fail as the test says, before or after their work. */
function sabotaged(database: Database.Database, { before = {}, after = {} }: Hooks): Database.Database {
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

async function withDatabase(work: (kysely: Kysely<Numbers>, hooks: Hooks) => Promise<void>): Promise<void> {
  await using folder = await createTemporaryFolder();
  const hooks: Hooks = { before: {}, after: {} };
  const database = openWriter(join(folder.path, 'x.db'));
  database.exec('create table numbers (value integer)');
  const kysely = new Kysely<Numbers>({ dialect: sqliteKyselyDialect(sabotaged(database, hooks)) });
  await work(kysely, hooks);
  await kysely.destroy();
}

function insert(kysely: Kysely<Numbers>, value: number): Promise<unknown> {
  return kysely.transaction().execute((transaction) => transaction.insertInto('numbers').values({ value }).execute());
}

async function numbersIn(kysely: Kysely<Numbers>): Promise<number[]> {
  return (await kysely.selectFrom('numbers').select('value').execute()).map(({ value }) => value);
}

describe('a transaction', () => {
  test.each(['SQLITE_BUSY', 'SQLITE_IOERR'])('whose begin fails with %s gives the connection back', async (code) => {
    await withDatabase(async (kysely, { before = {} }) => {
      before['begin immediate'] = sqliteError(code);
      await expect(insert(kysely, 1)).rejects.toThrow(code);
      delete before['begin immediate'];
      await insert(kysely, 2);
      expect(await numbersIn(kysely)).toEqual([2]);
    });
  });

  test('whose commit and rollback fail is rolled back before the next one, and tells the first error', async () => {
    await withDatabase(async (kysely, { before = {} }) => {
      before.commit = sqliteError('SQLITE_FULL');
      before.rollback = sqliteError('SQLITE_IOERR');
      await expect(insert(kysely, 1)).rejects.toThrow('SQLITE_FULL');
      delete before.commit;
      delete before.rollback;
      await insert(kysely, 2);
      expect(await numbersIn(kysely)).toEqual([2]);
    });
  });

  test.each(['SQLITE_BUSY', 'SQLITE_IOERR', 'SQLITE_CORRUPT', 'SQLITE_ERROR'])(
    'whose commit fails with %s after its work is unknown, which nothing may run again',
    async (code) => {
      await withDatabase(async (kysely, { after = {} }) => {
        after.commit = sqliteError(code);
        const error = await insert(kysely, 1).catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(UnknownCommitError);
        expect(classifyFailure(error)).toBe('storage');
      });
    },
  );

  test('gives the connection to one after the other', async () => {
    await withDatabase(async (kysely) => {
      await Promise.all(Array.from({ length: 20 }, (_, value) => insert(kysely, value)));
      expect(await numbersIn(kysely)).toEqual(Array.from({ length: 20 }, (_, value) => value));
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
    ['SQLITE_CONSTRAINT_UNIQUE', 'rejected'],
    ['ENOENT', 'rejected'],
  ])('with the code %s is %s, however deep it lies', (code, kind) => {
    const error = new Error('outer', { cause: new Error('middle', { cause: sqliteError(code) }) });
    expect(classifyFailure(error)).toBe(kind);
  });
});
