// A database of its own for a test: on the kind of database that the tests are running on.

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Client } from 'pg';
import { inject } from 'vitest';
import { createTemporaryFolder } from './folder.ts';
import { templateDatabase } from './postgres-server.ts';

/** Without this, the tests run on SQLite. It is asked each time: files of both kinds may take turns in a process. */
const findPostgresUrl = () => inject('postgresUrl');

/**
 * How often something is tried that takes its time: on PostgreSQL less often, where who was killed may still live for
 * all that others know, and each round waits for that.
 * @param asked says it for both, in a campaign
 */
export function chooseRounds(
  asked: string | undefined,
  { sqlite, postgres }: { sqlite: number; postgres: number },
): number {
  if (asked !== undefined) return Number(asked);
  return findPostgresUrl() === undefined ? sqlite : postgres;
}

export type TestDatabase = AsyncDisposable & {
  /** As it is said in DATABASE_URL. */
  readonly url: string;
};

/** A database that is made, on SQLite by whoever opens it first, and deleted after the test. */
export async function createTemporaryDatabase(): Promise<TestDatabase> {
  const postgresUrl = findPostgresUrl();
  return postgresUrl === undefined ? temporaryFile() : temporaryCopy(postgresUrl);
}

async function temporaryFile(): Promise<TestDatabase> {
  const folder = await createTemporaryFolder();
  return {
    url: `sqlite:${join(folder.path, 'orders.db')}`,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

async function temporaryCopy(server: string): Promise<TestDatabase> {
  const name = `orders_test_${randomUUID().replaceAll('-', '')}`;
  await runStatement(server, `create database ${name} template ${templateDatabase} strategy file_copy`);
  const url = new URL(server);
  url.pathname = name;
  return {
    url: url.href,
    [Symbol.asyncDispose]: () => runStatement(server, `drop database ${name} with (force)`),
  };
}

/** Runs a statement on a connection of its own. */
export async function runStatement(server: string, text: string): Promise<void> {
  const client = new Client(server);
  await client.connect();
  await client.query(text);
  await client.end();
}
