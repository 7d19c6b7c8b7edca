// Starts with the schemas and privileges of different roles, and the messages of failed starts.

import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { formatStartupError } from '../../server/shared/startup-error.ts';
import { runStatement } from '../kit/database/database.ts';
import { startPostgresServer } from '../kit/database/postgres-server.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { startTestApp } from '../kit/service/app.ts';

/** Creates an empty database and a role `ann` without privileges. Returns URLs for the administrator and the role. */
async function createRole() {
  const server = await startPostgresServer();
  await runStatement(server.url, "create role ann login password 'secret-word'");
  await runStatement(server.url, 'create database orders');
  const admin = new URL('/orders', server.url);
  const role = new URL(admin);
  role.username = 'ann';
  role.password = 'secret-word';
  const run = (text: string) => runStatement(admin.href, text);
  return { role, run, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Starts the service, creates an order and stops it. Returns the number of orders. */
async function startAndCreate(databaseUrl: string): Promise<number> {
  await using app = await startTestApp({ databaseUrl });
  await app.client.orders.create(buildOrder());
  return (await app.client.orders.list()).data.length;
}

async function readStartFailure(databaseUrl: string): Promise<string> {
  try {
    await using _ = await startTestApp({ databaseUrl, databaseTimeoutMs: 1_000 });
    return '';
  } catch (error) {
    return formatStartupError('cannot start', error);
  }
}

test('a role with schemas of its own can start the service repeatedly, and its tables stay where they were created', {
  timeout: 60_000,
}, async () => {
  await using database = await createRole();
  const { role, run } = database;
  await run('create schema ann authorization ann; create schema pgboss authorization ann');
  expect(await startAndCreate(role.href)).toBe(1);
  expect(await startAndCreate(role.href)).toBe(2);
});

test('a search_path in the URL selects the schema, and tables are found when an earlier schema appears later', {
  timeout: 60_000,
}, async () => {
  await using database = await createRole();
  const { role, run } = database;
  await run('create schema "the.orders" authorization ann; create schema pgboss authorization ann');
  role.searchParams.set('options', '-c search_path=early,"the.orders"');
  expect(await startAndCreate(role.href)).toBe(1);
  await run('create schema early authorization ann');
  expect(await startAndCreate(role.href)).toBe(2);
});

test('a start names the privileges that the role lacks', { timeout: 60_000 }, async () => {
  await using database = await createRole();
  const { role, run } = database;
  expect(await readStartFailure(role.href)).toMatch(/^cannot start: .*permission denied for schema public.*GRANT.*\n$/);
  await run('create schema ann authorization ann');
  expect(await readStartFailure(role.href)).toMatch(
    /^cannot start: .*permission denied.*GRANT CREATE ON DATABASE.*\n$/,
  );
});

test('a failed start names its cause and a remedy, without the password', { timeout: 60_000 }, async () => {
  await using database = await createRole();
  const { role, run } = database;
  await run('create schema ann authorization ann; create schema pgboss authorization ann');
  const change = (edit: (url: URL) => void) => {
    const url = new URL(role);
    edit(url);
    return readStartFailure(url.href);
  };
  const missing = `missing_${randomUUID().replaceAll('-', '')}`;
  const failures = {
    role: await change((url) => Object.assign(url, { username: missing })),
    database: await change((url) => Object.assign(url, { pathname: missing })),
    tls: await change((url) => url.searchParams.set('sslmode', 'require')),
    setting: await change((url) => url.searchParams.set('options', '-c work_mem=nonsense')),
    host: await change((url) => Object.assign(url, { hostname: 'missing.invalid' })),
    readOnly: await change((url) => url.searchParams.set('options', '-c default_transaction_read_only=on')),
  };
  expect(failures).toEqual({
    role: expect.stringMatching(/^cannot start: the database rejects the role: .*; create the role .*\n$/),
    database: expect.stringMatching(/^cannot start: the database does not exist: .*; run CREATE DATABASE.*\n$/),
    tls: expect.stringMatching(/^cannot start: the database does not support TLS: .*\n$/),
    setting: expect.stringMatching(/^cannot start: the database rejects a setting: .*work_mem.*\n$/),
    host: expect.stringMatching(/^cannot start: the database has an unknown host: .*\n$/),
    readOnly: expect.stringMatching(/^cannot start: the database is read-only: .*\n$/),
  });
  expect(JSON.stringify(failures)).not.toContain('secret-word');
});
