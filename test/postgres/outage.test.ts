// A PostgreSQL that goes away: callers are told to come back, the process lives on and recovers by itself, and nothing
// that was answered is lost.

import { describe, expect, test } from 'vitest';
import { type Order, ProblemError } from '../../client/index.ts';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { createTemporaryDatabase, runStatement } from '../kit/database.ts';
import { buildOrder, validateOrder } from '../kit/orders.ts';
import { durablePostgres, startPostgresServer } from '../kit/postgres-server.ts';
import { runServiceToExit } from '../kit/process.ts';
import { openTestStore } from '../kit/store.ts';
import { waitUntil } from '../kit/wait-until.ts';

async function statusOf(app: TestApp, path: string): Promise<[status: number, retryAfter: string | null]> {
  const { status, headers } = await app.request(path);
  return [status, headers.get('retry-after')];
}

/** Creates orders until it is told to stop; answers those that it was told of. */
async function createUntil({ client }: TestApp, stop: AbortSignal): Promise<Order[]> {
  const answered: Order[] = [];
  while (!stop.aborted) {
    try {
      answered.push(await client.orders.create(buildOrder()));
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      expect(error.problem.code).toBe('unavailable');
    }
  }
  return answered;
}

test('a database that crashes and comes back: 503 meanwhile, and every order that was answered is there', {
  timeout: 60_000,
}, async () => {
  await using server = await startPostgresServer(durablePostgres);
  await using app = await startTestApp({ databaseUrl: server.url, databaseTimeoutMs: 1_000 });
  await app.client.orders.create(buildOrder());
  const stopping = new AbortController();
  const writing = [1, 2, 3, 4].map(() => createUntil(app, stopping.signal));
  for (const _ of [1, 2]) {
    const { page } = await app.client.orders.list({ withTotal: true });
    await waitUntil(
      () => app.client.orders.list({ withTotal: true }),
      (list) => (list.page.total ?? 0) > (page.total ?? 0) + 20,
    );
    await server.stop('SIGQUIT');
    expect(await statusOf(app, '/orders/1')).toEqual([503, '1']);
    expect(await statusOf(app, '/health/ready')).toEqual([503, null]);
    expect(await statusOf(app, '/health')).toEqual([200, null]);
    await server.start();
    await waitUntil(
      () => statusOf(app, '/health/ready'),
      ([status]) => status === 200,
    );
  }
  stopping.abort();
  const answered = (await Promise.all(writing)).flat();
  for (const { id } of answered) expect(await app.client.orders.get({ orderId: id })).toMatchObject({ version: 1 });
  expect(await validateOrder(app.client, 1)).toMatchObject({ state: 'passed' });
});

/** Waits until it says so. */
async function untilReady(app: TestApp, expected: 200 | 503): Promise<void> {
  await waitUntil(
    () => statusOf(app, '/health/ready'),
    ([status]) => status === expected,
  );
}

test('a database that only reads for a while is not one that is ready, and is asked over new connections', async () => {
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
  await untilReady(app, 503);
  await expect(app.client.orders.create(buildOrder())).rejects.toMatchObject({ code: 'unavailable' });
  await runStatement(admin.href, `alter database ${name} reset default_transaction_read_only`);
  await untilReady(app, 200);
  expect(await app.client.orders.create(buildOrder())).toMatchObject({ version: 1 });
});

test('a standby, after a failover, is not one that is ready, until it is promoted', async () => {
  await using server = await startPostgresServer({ ...durablePostgres, wal_level: 'replica' });
  await using app = await startTestApp({ databaseUrl: server.url, databaseTimeoutMs: 1_000 });
  await app.client.orders.create(buildOrder());
  await server.stop('SIGINT');
  await server.start({ asStandby: true });
  await untilReady(app, 503);
  await expect(app.client.orders.create(buildOrder())).rejects.toMatchObject({ code: 'unavailable' });
  expect(await app.client.orders.get({ orderId: 1 })).toMatchObject({ version: 1 });
  await runStatement(server.url, 'select pg_promote()');
  await untilReady(app, 200);
  expect(await app.client.orders.create(buildOrder())).toMatchObject({ version: 1 });
});

describe('the start', () => {
  test('on a database that is not there says so in one line, without the password', async () => {
    const ending = await runServiceToExit({ DATABASE_URL: 'postgres://ann:secret-word@127.0.0.1:1/orders' });
    expect(ending).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/^cannot start: the database is unreachable: .*\n$/),
    });
    expect(ending.output + ending.errors).not.toContain('secret-word');
  });

  test('with a database URL that is none says so without the password', async () => {
    const ending = await runServiceToExit({ DATABASE_URL: 'postgres://ann:secret-word@a b/orders' });
    expect(ending).toMatchObject({ code: 1, errors: expect.stringContaining('DATABASE_URL: must name a file') });
    expect(ending.errors).not.toContain('secret-word');
  });

  test('of several nodes at once on an empty database succeeds on all', async () => {
    await using server = await startPostgresServer();
    await using stack = new AsyncDisposableStack();
    const stores = await Promise.all([1, 2, 3, 4].map(async () => stack.use(await openTestStore(server.url))));
    for (const store of stores) expect(await store.isHealthy()).toBe(true);
  });

  test('is refused where the database cannot keep every text', async () => {
    await using server = await startPostgresServer();
    await runStatement(server.url, "create database latin encoding 'LATIN1' template template0");
    const url = new URL('/latin', server.url);
    await expect(openTestStore(url.href)).rejects.toThrow('the database has server_encoding=LATIN1');
  });

  test('is refused where the database answers before it has written', async () => {
    await using database = await createTemporaryDatabase();
    const url = new URL(database.url);
    url.searchParams.set('options', '-c synchronous_commit=off');
    await expect(openTestStore(url.href)).rejects.toThrow('the database has synchronous_commit=off');
  });
});
