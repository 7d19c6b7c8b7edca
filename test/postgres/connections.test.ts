// The connections of a node to PostgreSQL: their number, and prepared statements after a change of a table.

import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { buildCreateCommand, testInitiator } from '../kit/database/commands.ts';
import { createTemporaryDatabase, runStatement } from '../kit/database/database.ts';
import { openTestNode } from '../kit/database/store.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { startTestApp } from '../kit/service/app.ts';
import { waitUntil } from '../kit/wait-until.ts';

test('a node opens at most five connections in addition to its pool', async () => {
  // One connection listens for notifications, one counts requests, three belong to the job queue.
  const databasePoolSize = 5;
  await using database = await createTemporaryDatabase();
  const options = { databaseUrl: database.url, databasePoolSize, rateLimitSyncMs: 10 };
  await using app = await startTestApp({ ...options, rateLimit: { reads: 1_000, writes: 1_000 } });
  const requests = Array.from({ length: 200 }, (_, index) =>
    index % 2 === 0 ? app.client.orders.create(buildOrder()) : app.client.orders.list(),
  );
  await Promise.all(requests);
  await waitUntil(
    () => sql`select from caller_counts`.execute(app.service.store.reader),
    ({ rows }) => rows.length === 2,
  );
  const { rows } = await sql`select pid from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend'`.execute(app.service.store.reader);
  expect(rows.length).toBeGreaterThan(databasePoolSize);
  expect(rows.length).toBeLessThanOrEqual(databasePoolSize + 5);
});

test('reads continue to work after a newer node has added a column', async () => {
  await using app = await startTestApp();
  await app.client.orders.create(buildOrder());
  // More requests at once than there are connections, so that every connection prepares the query.
  const getAll = () => Promise.all(Array.from({ length: 50 }, () => app.client.orders.get({ orderId: 1 })));
  const orders = await getAll();
  await app.service.store.transaction(async (em) => {
    await sql`alter table orders add column colour text`.execute(em.getKysely());
  });
  expect(await getAll()).toEqual(orders);
});

test('writes continue after a newer node has changed the type of a column', async () => {
  await using database = await createTemporaryDatabase();
  await using node = await openTestNode(database.url);
  const { id: orderId } = await node.execute(buildCreateCommand());
  const edit = (note: string) =>
    node.execute({ type: 'order.edit', initiator: testInitiator, orderId, edit: { note } });
  await edit('before');
  await runStatement(database.url, 'alter table orders alter column note type varchar(2000)');
  expect(await edit('after')).toMatchObject({ note: 'after', version: 3 });
});
