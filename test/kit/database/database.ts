// Temporary databases: a SQLite file or a PostgreSQL database, depending on the vitest project that runs the test.

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Client } from 'pg';
import { inject } from 'vitest';
import { createTemporaryFolder } from '../folder.ts';
import { templateDatabase } from './postgres-server.ts';

/** Undefined in the `sqlite` project. Read at every call, because files of both projects may share a process. */
const findPostgresUrl = () => inject('postgresUrl');

/**
 * Returns the number of rounds of a slow test. On PostgreSQL a round takes longer: the sessions and leases of a killed
 * process have to expire first.
 * @param configured the value of an environment variable, which replaces both defaults
 */
export function chooseRounds(
  configured: string | undefined,
  { sqlite, postgres }: { sqlite: number; postgres: number },
): number {
  if (configured !== undefined) return Number(configured);
  return findPostgresUrl() === undefined ? sqlite : postgres;
}

export type TestDatabase = AsyncDisposable & {
  /** A value for DATABASE_URL. */
  readonly url: string;
};

/** Creates a database, which is deleted when it is disposed of. On SQLite the first connection creates the file. */
export async function createTemporaryDatabase(): Promise<TestDatabase> {
  const postgresUrl = findPostgresUrl();
  return postgresUrl === undefined ? createSqliteDatabase() : copyDatabase(postgresUrl, templateDatabase);
}

async function createSqliteDatabase(): Promise<TestDatabase> {
  const folder = await createTemporaryFolder();
  return {
    url: `sqlite:${join(folder.path, 'orders.db')}`,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** Creates a PostgreSQL database without tables, which is deleted when it is disposed of. */
export async function createEmptyDatabase(encoding: 'UTF8' | 'LATIN1' = 'UTF8'): Promise<TestDatabase> {
  const server = findPostgresUrl();
  if (server === undefined) throw new Error('the project sqlite has no PostgreSQL server');
  return copyDatabase(server, `template0 encoding '${encoding}'`);
}

/** @param template a database and further options */
async function copyDatabase(server: string, template: string): Promise<TestDatabase> {
  const name = createSqlName('orders_test');
  await runStatement(server, `create database ${name} strategy file_copy template ${template}`);
  const url = new URL(server);
  url.pathname = name;
  return {
    url: url.href,
    [Symbol.asyncDispose]: () => runStatement(server, `drop database ${name} with (force)`),
  };
}

/** Returns a name that no other database or role of the server has. */
export function createSqlName(prefix: string): string {
  return `${prefix}_${randomUUID().replaceAll('-', '')}`;
}

/** Runs a statement on a new PostgreSQL connection. */
export async function runStatement(server: string, text: string): Promise<void> {
  const client = new Client(server);
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
