// The service on PostgreSQL against a bare server over the same queries on the same PostgreSQL. Each measurement has a
// database of its own, which is gone afterwards.

import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { durablePostgres, startPostgresServer } from '../test/kit/postgres-server.ts';
import { type Candidate, startOnPostgres } from './candidate.ts';
import { createDatabase } from './database.ts';
import { measureLifeRate } from './life.ts';
import type { Options } from './options.ts';
import { compare, formatRatios } from './ratios.ts';
import type { Section } from './report.ts';

export async function measurePostgres(options: Options): Promise<Section> {
  await using opening = new AsyncDisposableStack();
  const server = options.postgresUrl ?? opening.use(await startPostgresServer(durablePostgres)).url;
  const startOn = (what: Parameters<typeof startOnPostgres>[0]) => () => startOnNew(server, what);
  const results = await compare({ limit: startOn('limit'), quiet: startOn('quiet'), full: startOn('full') }, options);
  await using service = await startOn('quiet')();
  const text = [
    await introductionTo(server),
    formatRatios(results, false),
    await measureLifeRate(service, options, false),
  ];
  return { title: 'On PostgreSQL', text: text.join('\n\n') };
}

async function startOnNew(server: string, what: Parameters<typeof startOnPostgres>[0]): Promise<Candidate> {
  await using opening = new AsyncDisposableStack();
  const name = `orders_bench_${randomUUID().replaceAll('-', '')}`;
  await query(server, `create database ${name}`);
  opening.defer(async () => void (await query(server, `drop database ${name} with (force)`)));
  const url = new URL(server);
  url.pathname = name;
  await createDatabase(url.href);
  const contestant = opening.use(await startOnPostgres(what, url.href));
  const opened = opening.move();
  return { ...contestant, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function query(server: string, text: string): Promise<Record<string, string>[]> {
  const client = new Client(server);
  await client.connect();
  try {
    return (await client.query<Record<string, string>>(text)).rows;
  } finally {
    await client.end();
  }
}

async function introductionTo(server: string): Promise<string> {
  const [{ server_version: version } = {}] = await query(server, 'show server_version');
  const [{ fsync } = {}] = await query(server, 'show fsync');
  return [
    `One node on PostgreSQL ${version} (fsync ${fsync}) against \`bench/postgres-limit.ts\`: a bare \`node:http\` server with a pool`,
    'of as many connections, prepared statements, and one transaction a write. PostgreSQL, the server and the load share the',
    'machine: it is the three of them that are measured.',
  ].join('\n');
}
