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
  return postgresUrl === undefined ? createSqliteDatabase() : copyTemplate(postgresUrl);
}

async function createSqliteDatabase(): Promise<TestDatabase> {
  const folder = await createTemporaryFolder();
  return {
    url: `sqlite:${join(folder.path, 'orders.db')}`,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

async function copyTemplate(server: string): Promise<TestDatabase> {
  const name = `orders_test_${randomUUID().replaceAll('-', '')}`;
  await runStatement(server, `create database ${name} template ${templateDatabase} strategy file_copy`);
  const url = new URL(server);
  url.pathname = name;
  return {
    url: url.href,
    [Symbol.asyncDispose]: () => runStatement(server, `drop database ${name} with (force)`),
  };
}

/** Runs a statement on a new PostgreSQL connection. */
export async function runStatement(server: string, text: string): Promise<void> {
  const client = new Client(server);
  await client.connect();
  await client.query(text);
  await client.end();
}
