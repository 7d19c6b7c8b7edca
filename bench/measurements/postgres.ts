// Compares the service on PostgreSQL with a baseline on the same PostgreSQL server. Each measurement uses a new
// database, which is dropped afterwards.

import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { durablePostgres, startPostgresServer } from '../../test/kit/database/postgres-server.ts';
import { createDatabase } from '../data/database.ts';
import type { Options } from '../options.ts';
import type { ReportSection } from '../report.ts';
import { type ServerUnderTest, startPostgresBaseline, startPostgresService } from '../servers/server-under-test.ts';
import { compareLifecycle } from './lifecycle.ts';
import { formatRatios, measureRounds, type ServerStarters } from './ratios.ts';

/** Measures ratios and lifecycles on PostgreSQL. */
export async function measurePostgres(options: Options): Promise<ReportSection> {
  await using opening = new AsyncDisposableStack();
  const postgresUrl = options.postgresUrl ?? opening.use(await startPostgresServer(durablePostgres)).url;
  const starters: ServerStarters = {
    baseline: () => startOnNewDatabase(postgresUrl, startPostgresBaseline),
    quiet: () => startOnNewDatabase(postgresUrl, (url) => startPostgresService('quiet', url)),
    full: () => startOnNewDatabase(postgresUrl, (url) => startPostgresService('full', url)),
  };
  const results = await measureRounds(starters, options);
  await using service = await starters.quiet();
  const text = [
    await describeSetup(postgresUrl),
    formatRatios(results, false),
    await compareLifecycle(service, options, false),
  ];
  return { title: 'On PostgreSQL', text: text.join('\n\n') };
}

/** Starts a server on a new database. Disposing of the server drops the database. */
async function startOnNewDatabase(
  postgresUrl: string,
  start: (databaseUrl: string) => Promise<ServerUnderTest>,
): Promise<ServerUnderTest> {
  await using opening = new AsyncDisposableStack();
  const name = `orders_bench_${randomUUID().replaceAll('-', '')}`;
  await query(postgresUrl, `create database ${name}`);
  opening.defer(async () => void (await query(postgresUrl, `drop database ${name} with (force)`)));
  const url = new URL(postgresUrl);
  url.pathname = name;
  await createDatabase(url.href);
  const server = opening.use(await start(url.href));
  const opened = opening.move();
  return { ...server, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function query(postgresUrl: string, text: string): Promise<Record<string, string>[]> {
  const client = new Client(postgresUrl);
  await client.connect();
  try {
    return (await client.query<Record<string, string>>(text)).rows;
  } finally {
    await client.end();
  }
}

async function describeSetup(postgresUrl: string): Promise<string> {
  const [{ server_version: version } = {}] = await query(postgresUrl, 'show server_version');
  const [{ fsync } = {}] = await query(postgresUrl, 'show fsync');
  return [
    `One node on PostgreSQL ${version} (fsync ${fsync}), compared with \`bench/servers/postgres-baseline.ts\`: a bare \`node:http\` server with`,
    'the same number of pooled connections, prepared statements, and one transaction per write. PostgreSQL, the server and',
    'the load generator share the machine, so that the figures measure all three together.',
  ].join('\n');
}
