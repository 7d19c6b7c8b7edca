// Outages of PostgreSQL: crashes, read-only databases, standbys and failed starts.

import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { readDatabaseConfig } from '../../server/config/database.ts';
import { createEmptyDatabase, createTemporaryDatabase, runStatement } from '../kit/database/database.ts';
import { startPostgresServer } from '../kit/database/postgres-server.ts';
import { openTestStore } from '../kit/database/store.ts';
import { buildOrder, createOrdersUntil, readEveryOrder, validateOrder } from '../kit/http/orders.ts';
import { startTestApp, type TestApp } from '../kit/service/app.ts';
import { runServiceToExit } from '../kit/service/process.ts';
import { waitUntil } from '../kit/wait-until.ts';

async function readStatus(app: TestApp, path: string): Promise<[status: number, retryAfter: string | null]> {
  const { status, headers } = await app.request(path);
  return [status, headers.get('retry-after')];
}

/** Waits until the readiness endpoint returns a status. */
async function waitForReadiness(app: TestApp, expected: 200 | 503): Promise<void> {
  await waitUntil(
    () => readStatus(app, '/health/ready'),
    ([status]) => status === expected,
  );
}

test('while the database is down requests get 503, and after its restart every acknowledged order exists', {
  timeout: 60_000,
}, async () => {
  await using server = await startPostgresServer();
  await using app = await startTestApp({ databaseUrl: server.url });
  await app.client.orders.create(buildOrder());
  const stopping = new AbortController();
  const writing = [1, 2, 3, 4].map(() => createOrdersUntil(app.client, stopping.signal));
  for (const _ of [1, 2]) {
    const { page } = await app.client.orders.list({ withTotal: true });
    await waitUntil(
      () => app.client.orders.list({ withTotal: true }),
      (list) => (list.page.total ?? 0) > (page.total ?? 0) + 5,
    );
    await server.stop('SIGQUIT');
    expect(await readStatus(app, '/orders/1')).toEqual([503, '1']);
    expect(await readStatus(app, '/health/ready')).toEqual([503, null]);
    expect(await readStatus(app, '/health')).toEqual([200, null]);
    await server.start();
    await waitForReadiness(app, 200);
  }
  stopping.abort();
  const acknowledged = (await Promise.all(writing)).flat();
  const orders = await readEveryOrder(app.client);
  expect(acknowledged.filter((id) => orders.get(id)?.version !== 1)).toEqual([]);
  expect(await validateOrder(app.client, 1)).toMatchObject({ state: 'passed' });
});

test('a node is not ready while the database is read-only, and recovers over new connections', async () => {
  await using database = await createTemporaryDatabase();
  await using app = await startTestApp({ databaseUrl: database.url });
  const admin = new URL(database.url);
  const name = admin.pathname.slice(1);
  admin.searchParams.set('options', '-c default_transaction_read_only=off');
  await app.client.orders.create(buildOrder());
  await runStatement(admin.href, `alter database ${name} set default_transaction_read_only = on`);
  await runStatement(
    admin.href,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'
    and pid <> pg_backend_pid()`,
  );
  await waitForReadiness(app, 503);
  await expect(app.client.orders.create(buildOrder())).rejects.toMatchObject({ code: 'unavailable' });
  await runStatement(admin.href, `alter database ${name} reset default_transaction_read_only`);
  await waitForReadiness(app, 200);
  expect(await app.client.orders.create(buildOrder())).toMatchObject({ version: 1 });
});

test('a node is not ready while its database is a standby, until the standby is promoted', async () => {
  await using server = await startPostgresServer({ wal_level: 'replica' });
  await using app = await startTestApp({ databaseUrl: server.url });
  await app.client.orders.create(buildOrder());
  await server.stop('SIGINT');
  await server.start({ asStandby: true });
  await waitForReadiness(app, 503);
  await expect(app.client.orders.create(buildOrder())).rejects.toMatchObject({ code: 'unavailable' });
  expect(await app.client.orders.get({ orderId: 1 })).toMatchObject({ version: 1 });
  await runStatement(server.url, 'select pg_promote()');
  await waitForReadiness(app, 200);
  expect(await app.client.orders.create(buildOrder())).toMatchObject({ version: 1 });
});

test('a node is not ready after a failed commit, until a commit succeeds', async () => {
  await using database = await createTemporaryDatabase();
  await using app = await startTestApp({ databaseUrl: database.url });
  await runStatement(
    database.url,
    `create function fail() returns trigger language plpgsql as $$
      begin raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$;
    create trigger fail before insert on commit_marks for each statement execute function fail()`,
  );
  expect(await readStatus(app, '/health/ready')).toEqual([200, null]);
  await expect(app.client.orders.create(buildOrder())).rejects.toMatchObject({ code: 'unavailable' });
  expect(await readStatus(app, '/health/ready')).toEqual([503, null]);
  await runStatement(database.url, 'drop trigger fail on commit_marks');
  expect(await readStatus(app, '/health/ready')).toEqual([200, null]);
  expect(await app.client.orders.create(buildOrder())).toMatchObject({ version: 1 });
});

describe('the start on PostgreSQL', () => {
  test('a start with an unreachable database fails with one line that does not contain the password', async () => {
    const result = await runServiceToExit({ DATABASE_URL: 'postgres://ann:secret-word@127.0.0.1:1/orders' });
    expect(result).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/^cannot start: DATABASE_URL: the database is unreachable: .*\n$/),
    });
    expect(result.output + result.errors).not.toContain('secret-word');
  });

  test('a start with an invalid database URL fails with a message that does not contain the password', () => {
    const environment = { DATABASE_URL: 'postgres://ann:secret-word@a b/orders' };
    expect(() => readDatabaseConfig(environment)).toThrow(/^DATABASE_URL: must name a file(?!.*secret-word)/);
  });

  test('four nodes can start at once on an empty database', async () => {
    await using database = await createEmptyDatabase();
    await using stack = new AsyncDisposableStack();
    const stores = await Promise.all([1, 2, 3, 4].map(async () => stack.use(await openTestStore(database.url))));
    for (const store of stores) expect(await store.isHealthy()).toBe(true);
  });

  test('a start fails if the encoding of the database is not UTF8', async () => {
    await using database = await createEmptyDatabase('LATIN1');
    await expect(openTestStore(database.url)).rejects.toThrow('the database has server_encoding=LATIN1');
  });

  test('a start fails if commits of the database are not synchronous', async () => {
    await using database = await createTemporaryDatabase();
    const url = new URL(database.url);
    url.searchParams.set('options', '-c synchronous_commit=off');
    await expect(openTestStore(url.href)).rejects.toThrow('the database has synchronous_commit=off');
  });

  test('defaults of the database do not change the sessions of the service', async () => {
    await using database = await createTemporaryDatabase();
    const name = new URL(database.url).pathname.slice(1);
    const defaults = {
      client_min_messages: 'error',
      datestyle: 'SQL, DMY',
      default_transaction_isolation: 'serializable',
      idle_session_timeout: '1s',
      statement_timeout: '1h',
      timezone: 'Asia/Tokyo',
    };
    for (const [setting, value] of Object.entries(defaults)) {
      await runStatement(database.url, `alter database ${name} set ${setting} = '${value}'`);
    }
    await using store = await openTestStore(database.url, { databaseTimeoutMs: 5_000 });
    const text = sql<{ name: string; setting: string }>`select lower(name) as name, setting from pg_settings
      where lower(name) in (${sql.join([...Object.keys(defaults), 'synchronous_commit'])})`;
    const { rows } = await store.transaction((em) => text.execute(em.getKysely()));
    expect(Object.fromEntries(rows.map(({ name: setting, setting: value }) => [setting, value]))).toEqual({
      client_min_messages: 'warning',
      datestyle: expect.stringMatching(/^ISO/),
      default_transaction_isolation: 'read committed',
      idle_session_timeout: '0',
      statement_timeout: '5000',
      synchronous_commit: 'on',
      timezone: 'UTC',
    });
  });
});
