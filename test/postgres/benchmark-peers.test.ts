// The servers on PostgreSQL that the benchmark compares the service with.

import { expect, test } from 'vitest';
import { runLives } from '../../bench/load/lives.ts';
import { runLoad } from '../../bench/load/load.ts';
import { createOrder, listOrders, readOrders } from '../../bench/load/requests.ts';
import { findPostgres, startPostgresBare, startPostgresByHand } from '../../bench/servers/postgres-servers.ts';
import { createTemporaryDatabase } from '../kit/database/database.ts';

test('the server built by hand takes orders from their creation to their approval through its job queue', async () => {
  await using database = await createTemporaryDatabase();
  await using server = await startPostgresByHand(await findPostgres(database.url));
  const { perSecond } = await runLives(server, { clients: 4, lives: 12 });
  expect(perSecond).toBeGreaterThan(0);
  const approved = await fetch(`${server.url}/orders/12`).then((response) => response.json());
  expect(approved).toMatchObject({ id: 12, status: 'APPROVED', version: 4, validation: { state: 'passed' } });
});

test('the bare server of the benchmark creates and reads orders in a database with the schema of the service', async () => {
  await using database = await createTemporaryDatabase();
  await using server = await startPostgresBare(await findPostgres(database.url));
  await runLoad(server, createOrder, { requests: 10 }, 2);
  const { perSecond } = await runLoad(server, [listOrders, ...readOrders.slice(0, 1)], { requests: 10 }, 2);
  expect(perSecond).toBeGreaterThan(0);
});
