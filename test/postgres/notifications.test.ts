// Commit notifications between nodes (LISTEN and NOTIFY), which save waiting for the next poll.

import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { createTemporaryDatabase } from '../kit/database/database.ts';
import { startPostgresProxy } from '../kit/database/postgres-proxy.ts';
import { openTestStore } from '../kit/database/store.ts';
import { openStream } from '../kit/events/event-stream.ts';
import { createGate } from '../kit/gate.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { startTcpServer } from '../kit/local-server.ts';
import { startTestApp } from '../kit/service/app.ts';
import { waitUntil } from '../kit/wait-until.ts';

/** So long that events arrive only by notifications. */
const pollMs = 3_600_000;

test('a node sends events that another node has committed without waiting for its next poll', async () => {
  await using database = await createTemporaryDatabase();
  await using first = await startTestApp({ databaseUrl: database.url, pollMs });
  await using second = await startTestApp({ databaseUrl: database.url, pollMs });
  await using stream = await openStream(second);
  await stream.next();
  await first.client.orders.create(buildOrder());
  expect(await stream.readPositions(1)).toEqual([1]);
});

test('a node ignores notifications with an invalid payload', async () => {
  await using database = await createTemporaryDatabase();
  await using app = await startTestApp({ databaseUrl: database.url, pollMs });
  await using stream = await openStream(app);
  await stream.next();
  for (const payload of ['', 'nonsense', 'null', '7', '{"hint":7}']) {
    await sql`select pg_notify('order_commits', ${payload})`.execute(app.service.store.reader);
  }
  await app.client.orders.create(buildOrder());
  expect(await stream.readPositions(1)).toEqual([1]);
});

test('a node receives notifications again after its listening connection was lost', async () => {
  await using database = await createTemporaryDatabase();
  await using first = await startTestApp({ databaseUrl: database.url, pollMs });
  await using second = await startTestApp({ databaseUrl: database.url, pollMs });
  await using stream = await openStream(second);
  await stream.next();
  const listeners = sql<{ pid: number }>`select pid from pg_stat_activity
    where datname = current_database() and query like 'listen %'`;
  const findListeners = async () => (await listeners.execute(first.service.store.reader)).rows.map(({ pid }) => pid);
  const previous = await findListeners();
  for (const pid of previous) await sql`select pg_terminate_backend(${pid})`.execute(first.service.store.reader);
  await waitUntil(findListeners, (pids) => pids.length === 2 && !pids.some((pid) => previous.includes(pid)));
  await first.client.orders.create(buildOrder());
  expect(await stream.readPositions(1)).toEqual([1]);
});

test('a stop while the listening connection is opened again does not wait for a database that does not respond', async () => {
  await using database = await createTemporaryDatabase();
  await using proxy = await startPostgresProxy(database.url);
  const reconnection = createGate();
  await using silent = await startTcpServer(() => void reconnection.wait());
  // A stop that waited for the timeout would exceed the time limit of the test.
  const store = await openTestStore(proxy.url, { databaseTimeoutMs: 60_000 });
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and query like 'listen %'`.execute(store.reader);
  // A second passes until the connection is opened again.
  const url = new URL(proxy.url);
  url.port = String(silent.port);
  proxy.redirect(url.href);
  await reconnection.reached;
  await store[Symbol.asyncDispose]();
});
