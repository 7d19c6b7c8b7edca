// Starts with the schemas and privileges of different roles, and the messages of failed starts.

import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { formatStartupError } from '../../server/shared/startup-error.ts';
import { buildCreateCommand } from '../kit/database/commands.ts';
import { createEmptyDatabase, createSqlName, runStatement } from '../kit/database/database.ts';
import { openTestNode, openTestStore } from '../kit/database/store.ts';
import { startHttpServer } from '../kit/local-server.ts';

/** Creates an empty database and a role without privileges. `run` executes statements as the administrator. */
async function createRole() {
  await using opening = new AsyncDisposableStack();
  const database = opening.use(await createEmptyDatabase());
  const run = (text: string) => runStatement(database.url, text);
  const name = createSqlName('role');
  await run(`create role ${name} login password 'secret-word'`);
  opening.defer(() => run(`drop owned by ${name} cascade; drop role ${name}`));
  const url = new URL(database.url);
  url.username = name;
  url.password = 'secret-word';
  const opened = opening.move();
  return { url, name, run, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
/** Opens a node, creates an order and stops it. Returns the number of orders. */
async function startAndCreate({ href }: URL): Promise<number> {
  await using node = await openTestNode(href);
  await node.execute(buildCreateCommand());
  return (await node.store.reader.selectFrom('orders').select('id').execute()).length;
}

async function readStartFailure({ href }: URL): Promise<string> {
  try {
    await using _ = await openTestNode(href, { databaseTimeoutMs: 2_000 });
    return '';
  } catch (error) {
    return formatStartupError('cannot start', error);
  }
}

test('a role with schemas of its own can start the service repeatedly, and its tables stay where they were created', async () => {
  await using database = await createRole();
  const { url, name, run } = database;
  await run(`create schema authorization ${name}; create schema pgboss authorization ${name}`);
  expect(await startAndCreate(url)).toBe(1);
  expect(await startAndCreate(url)).toBe(2);
});

test('a search_path in the URL selects the schema, and tables are found when an earlier schema appears later', async () => {
  await using database = await createRole();
  const { url, name, run } = database;
  await run(`create schema "the.orders" authorization ${name}; create schema pgboss authorization ${name}`);
  url.searchParams.set('options', '-c search_path=early,"the.orders"');
  expect(await startAndCreate(url)).toBe(1);
  await run(`create schema early authorization ${name}`);
  expect(await startAndCreate(url)).toBe(2);
});

test('a table of migrations of another program in a later schema of the search_path is left alone', async () => {
  await using database = await createRole();
  const { url, name, run } = database;
  await run(`create schema authorization ${name}; create schema pgboss authorization ${name}`);
  await run('create table public.mikro_orm_migrations (id int, name text, executed_at timestamptz)');
  expect(await startAndCreate(url)).toBe(1);
  expect(await startAndCreate(url)).toBe(2);
});

test('the documented grants are sufficient, and no further database is created', async () => {
  await using database = await createRole();
  const { url, name, run } = database;
  const { pathname } = url;
  await run(`grant create on schema public to ${name}; grant create on database ${pathname.slice(1)} to ${name}`);
  expect(await startAndCreate(url)).toBe(1);
  expect(await startAndCreate(url)).toBe(2);
  // MikroORM creates a database that its configuration names, if there is none.
  await using store = await openTestStore(url.href);
  const { rows } = await sql`select datname from pg_database where datname = 'orders'`.execute(store.reader);
  expect(rows).toEqual([]);
});

test('a start names the privileges that the role lacks', async () => {
  await using database = await createRole();
  const { url, name, run } = database;
  expect(await readStartFailure(url)).toMatch(
    /^cannot start: DATABASE_URL: .*permission denied for schema public.*GRANT.*\n$/,
  );
  await run(`create schema authorization ${name}`);
  expect(await readStartFailure(url)).toMatch(
    /^cannot start: DATABASE_URL: .*permission denied.*GRANT CONNECT, CREATE ON DATABASE.*\n$/,
  );
});

test('a failed start names its cause and a remedy, without the password', { timeout: 60_000 }, async () => {
  await using database = await createRole();
  const { url: role, name, run } = database;
  await run(`create schema authorization ${name}; create schema pgboss authorization ${name}`);
  const change = (edit: (url: URL) => void) => {
    const url = new URL(role);
    edit(url);
    return readStartFailure(url);
  };
  const missing = createSqlName('missing');
  await using other = await startHttpServer((_request, response) => response.end());
  const failures = {
    role: await change((url) => Object.assign(url, { username: missing })),
    database: await change((url) => Object.assign(url, { pathname: missing })),
    tls: await change((url) => url.searchParams.set('sslmode', 'require')),
    setting: await change((url) => url.searchParams.set('options', '-c work_mem=nonsense')),
    host: await change((url) => Object.assign(url, { hostname: 'missing.invalid' })),
    noServer: await change((url) => Object.assign(url, { port: String(other.port) })),
    certificate: await change((url) => url.searchParams.set('sslrootcert', '/missing/ca.pem')),
    readOnly: await change((url) => url.searchParams.set('options', '-c default_transaction_read_only=on')),
  };
  expect(failures).toEqual({
    role: expect.stringMatching(
      /^cannot start: DATABASE_URL: the database rejects the role: .*; create the role .*\n$/,
    ),
    database: expect.stringMatching(
      /^cannot start: DATABASE_URL: the database does not exist: .*; run CREATE DATABASE.*\n$/,
    ),
    tls: expect.stringMatching(/^cannot start: DATABASE_URL: the database does not support TLS: .*\n$/),
    setting: expect.stringMatching(/^cannot start: DATABASE_URL: the database rejects a setting: .*work_mem.*\n$/),
    noServer: expect.stringMatching(
      /^cannot start: DATABASE_URL: the database closed the connection: .*host and port.*\n$/,
    ),
    certificate: expect.stringMatching(
      /^cannot start: DATABASE_URL: the database needs a file.*\/missing\/ca.pem.*sslrootcert.*\n$/,
    ),
    host: expect.stringMatching(/^cannot start: DATABASE_URL: the database has an unknown host: .*\n$/),
    readOnly: expect.stringMatching(/^cannot start: DATABASE_URL: the database is read-only: .*\n$/),
  });
  expect(JSON.stringify(failures)).not.toContain('secret-word');
});

test('a start names the privilege to connect, and a database that accepts no connections', async () => {
  await using database = await createRole();
  const { url, run } = database;
  await run(`revoke connect on database ${url.pathname.slice(1)} from public`);
  expect(await readStartFailure(url)).toMatch(
    /^cannot start: DATABASE_URL: the database refuses a privilege .*GRANT CONNECT.*\n$/,
  );
  url.pathname = 'template0';
  expect(await readStartFailure(url)).toMatch(
    /^cannot start: DATABASE_URL: the database does not accept connections: .*ALTER.*\n$/,
  );
});
