// The service behind a real PgBouncer. Skipped where the Debian packages of PgBouncer cannot be fetched.

import { sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { createTemporaryDatabase } from '../kit/database/database.ts';
import { preparePgBouncer, startPgBouncer } from '../kit/database/pgbouncer.ts';
import { openTestStore } from '../kit/database/store.ts';
import { createValidatedOrder } from '../kit/http/orders.ts';
import { startTestApp } from '../kit/service/app.ts';

const unavailability = await preparePgBouncer();
if (unavailability !== undefined) process.stderr.write(`skipped: ${unavailability}\n`);

beforeEach(({ skip }) => skip(unavailability !== undefined, unavailability));

/** Creates a database and starts PgBouncer in front of it. */
async function createPooledDatabase(settings: Record<string, string> = {}) {
  await using opening = new AsyncDisposableStack();
  const database = opening.use(await createTemporaryDatabase());
  const { url } = opening.use(await startPgBouncer(database.url, settings));
  const opened = opening.move();
  return { url, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

test('an order is created, validated and approved through PgBouncer with its defaults', async () => {
  await using database = await createPooledDatabase();
  await using app = await startTestApp({ databaseUrl: database.url });
  const { id } = await createValidatedOrder(app.client);
  expect(await app.client.orders.approve({ orderId: id })).toMatchObject({ status: 'APPROVED' });
  expect((await app.request('/health/ready')).status).toBe(200);
});

test('a notice of one node reaches another node through PgBouncer', async () => {
  await using database = await createPooledDatabase();
  await using first = await openTestStore(database.url, { databasePoolSize: 3 });
  await using second = await openTestStore(database.url, { databasePoolSize: 3 });
  const { promise, resolve } = Promise.withResolvers<unknown>();
  second.onNotice(resolve);
  const notice = { events: true, jobs: false, webhooks: false };
  first.publishNotice(notice);
  expect(await promise).toEqual(notice);
});

test.each([
  ['with its defaults', {}],
  ['that ignores startup parameters', { ignore_startup_parameters: 'options,statement_timeout,lock_timeout' }],
])('timeouts and settings of the URL are in force through a PgBouncer %s', async (_title, configuration) => {
  await using database = await createPooledDatabase(configuration);
  const url = new URL(database.url);
  url.searchParams.set('options', '-c work_mem=3MB');
  await using store = await openTestStore(url.href, { databaseTimeoutMs: 500 });
  const settings = sql<Record<string, string>>`select current_setting('work_mem') as memory,
    current_setting('lock_timeout') as lock, current_setting('idle_in_transaction_session_timeout') as idle`;
  const sleep = sql`select pg_sleep(20)`;
  expect((await settings.execute(store.reader)).rows).toEqual([{ memory: '3MB', lock: '500ms', idle: '300ms' }]);
  await expect(sleep.execute(store.reader)).rejects.toMatchObject({ code: '57014' });
  await expect(store.transaction((em) => sleep.execute(em.getKysely()))).rejects.toMatchObject({ code: '57014' });
});

test.each(['transaction', 'statement'])(
  'a start through a PgBouncer with pool_mode=%s fails with the reason and the remedy',
  async (mode) => {
    await using database = await createPooledDatabase({ pool_mode: mode });
    await expect(openTestStore(database.url)).rejects.toThrow(
      /^DATABASE_URL: the database is behind a pooler that gives each transaction another connection.*pool_mode=session/,
    );
  },
);

test('a start through a PgBouncer that has too few connections fails and names pool_size', async () => {
  await using database = await createPooledDatabase({ default_pool_size: '1' });
  await expect(openTestStore(database.url, { databaseTimeoutMs: 1_000 })).rejects.toThrow(
    /^DATABASE_URL: the database did not respond in time: .*pool_size/,
  );
});
