// Starts servers on PostgreSQL, each on a new database that is dropped afterwards.

import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { readConfig } from '../../server/config/config.ts';
import { createDatabase } from '../data/database.ts';
import { readFamilyCpuMs } from './process-status.ts';
import type { Profile } from './profiles.ts';
import { type Launch, type ServerUnderTest, startServer } from './server-under-test.ts';
import { createServiceLaunch, type ServiceVariant } from './service.ts';

/** A PostgreSQL server: its URL, and its process if that runs on this machine. */
export type PostgresUnderTest = { url: string; pid: number | undefined };

/** Finds the process of a server. Its id is not known if the data folder cannot be read. */
export async function findPostgres(url: string): Promise<PostgresUnderTest> {
  const [{ data_directory: folder = '' } = {}] = await queryPostgres(url, 'show data_directory');
  const pidFile = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => undefined);
  return { url, pid: pidFile === undefined ? undefined : Number(pidFile.split('\n')[0]) };
}

/** Executes a statement on a new connection. */
export async function queryPostgres(url: string, text: string): Promise<Record<string, string>[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query<Record<string, string>>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Starts the service. */
export function startPostgresService(
  postgres: PostgresUnderTest,
  profile: Profile,
  variant?: ServiceVariant,
): Promise<ServerUnderTest> {
  return startOnNewDatabase(postgres, (url, port) => createServiceLaunch(profile, url, port, variant));
}

/** The number of pooled connections of the service, which the peers use too. */
const poolSize = String(readConfig({}).databasePoolSize);

/** Starts the bare server on a database with the schema of the service. */
export function startPostgresBare(postgres: PostgresUnderTest): Promise<ServerUnderTest> {
  return startOnNewDatabase(postgres, async (url, port) => {
    await createDatabase(url);
    return { argv: ['bench/peers/postgres-bare.ts', url, port, poolSize] };
  });
}

/** Starts the server that is built by hand. It creates its own schema. */
export function startPostgresByHand(
  postgres: PostgresUnderTest,
  { nodeArgv = [] }: ServiceVariant = {},
): Promise<ServerUnderTest> {
  return startOnNewDatabase(postgres, (url, port) => ({
    argv: [...nodeArgv, 'bench/peers/postgres-by-hand.ts', url, port, poolSize],
  }));
}

async function startOnNewDatabase(
  { url: serverUrl, pid }: PostgresUnderTest,
  createLaunch: (databaseUrl: string, port: string) => Launch | Promise<Launch>,
): Promise<ServerUnderTest> {
  await using opening = new AsyncDisposableStack();
  const name = `orders_bench_${randomUUID().replaceAll('-', '')}`;
  await queryPostgres(serverUrl, `create database ${name}`);
  opening.defer(async () => void (await queryPostgres(serverUrl, `drop database ${name} with (force)`)));
  const url = new URL(serverUrl);
  url.pathname = name;
  const server = opening.use(await startServer((_, port) => createLaunch(url.href, port)));
  const opened = opening.move();
  return {
    ...server,
    databaseCpuMs: async () => (pid === undefined ? Number.NaN : readFamilyCpuMs(pid)),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
