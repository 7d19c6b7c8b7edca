// What nodes on one PostgreSQL tell one another, so that nobody has to wait for the next look.

import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { startTestApp } from '../kit/app.ts';
import { createTemporaryDatabase } from '../kit/database.ts';
import { openStream } from '../kit/event-stream.ts';
import { buildOrder } from '../kit/orders.ts';
import { waitUntil } from '../kit/wait-until.ts';

/** Whoever does not hear of something does not find it by looking, either. */
const pollMs = 3_600_000;

test('a node hears of what another has committed, without waiting for its next look', async () => {
  await using database = await createTemporaryDatabase();
  await using first = await startTestApp({ databaseUrl: database.url, pollMs });
  await using second = await startTestApp({ databaseUrl: database.url, pollMs });
  await using stream = await openStream(second);
  await stream.next();
  await first.client.orders.create(buildOrder());
  expect(await stream.readPositions(1)).toEqual([1]);
});

test('a node is not put off by words of somebody else', async () => {
  await using database = await createTemporaryDatabase();
  await using app = await startTestApp({ databaseUrl: database.url, pollMs });
  await using stream = await openStream(app);
  await stream.next();
  for (const word of ['', 'nonsense', 'null', '7', '{"hint":7}']) {
    await sql`select pg_notify('order_commits', ${word})`.execute(app.service.store.reader);
  }
  await app.client.orders.create(buildOrder());
  expect(await stream.readPositions(1)).toEqual([1]);
});

test('a node hears of it again when the connection over which it listens was lost', async () => {
  await using database = await createTemporaryDatabase();
  await using first = await startTestApp({ databaseUrl: database.url, pollMs });
  await using second = await startTestApp({ databaseUrl: database.url, pollMs });
  await using stream = await openStream(second);
  await stream.next();
  const listening = sql<{ pid: number }>`select pid from pg_stat_activity
    where datname = current_database() and query like 'listen %'`;
  const findListening = async () => (await listening.execute(first.service.store.reader)).rows.map(({ pid }) => pid);
  const former = await findListening();
  for (const pid of former) await sql`select pg_terminate_backend(${pid})`.execute(first.service.store.reader);
  await waitUntil(findListening, (pids) => pids.length === 2 && !pids.some((pid) => former.includes(pid)));
  await first.client.orders.create(buildOrder());
  expect(await stream.readPositions(1)).toEqual([1]);
});
