// The rows of recent commits that are kept in memory are those of the database, and are removed when another writer may
// have changed them.

import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { type OrderRow, orderMapping, toOrderState } from '../../server/database/mapping/order.ts';
import { type RunRow, runMapping } from '../../server/database/mapping/run.ts';
import { buildCreateCommand, runSettings, testInitiator } from '../kit/database/commands.ts';
import { createTemporaryDatabase } from '../kit/database/database.ts';
import { completeOrders } from '../kit/database/lives.ts';
import { openTestNode, type TestNode } from '../kit/database/store.ts';

const initiator = testInitiator;
const approval = { type: 'order.approve', initiator, note: null, hasSeparationOfDuties: false } as const;

/** Returns the rows that are known of these orders. */
function findKnown({ store }: TestNode, orderIds: readonly number[]) {
  const known = store.recentRows?.find(new Set(orderIds), new Set());
  if (!known) throw new Error('the store keeps no rows');
  return known;
}

test('the rows in memory equal the rows in the database', async () => {
  await using database = await createTemporaryDatabase();
  await using node = await openTestNode(database.url);
  await completeOrders(node, 'done', 3);
  const metadata = { b: 'ß', '1': 'x', a: '' };
  await node.execute(buildCreateCommand({ reference: 'R', note: 'a "quoted" note', metadata }));
  await node.execute({ type: 'order.edit', initiator, orderId: 7, edit: { reference: null, metadata: {} } });
  await node.execute({ type: 'order.validate', initiator, orderId: 7, ...runSettings });
  await node.execute({ type: 'order.reject', initiator, orderId: 7, reason: 'no', hasSeparationOfDuties: false });
  const orderIds = [1, 2, 3, 4, 5, 6, 7];
  const known = findKnown(node, orderIds);
  expect(known.missingOrderIds).toEqual(new Set());
  const orders = (await node.store.reader.selectFrom('orders').selectAll().orderBy('id').execute()) as OrderRow[];
  expect(known.orders).toEqual(orders.map((row) => toOrderState(orderMapping.toRecord(row))));
  const runs = (await node.store.reader.selectFrom('validation_runs').selectAll().orderBy('id').execute()) as RunRow[];
  expect(known.runs).toEqual(runs.map((row) => runMapping.toRecord(row)));
});

test('a command is decided on the change of another process', async () => {
  await using database = await createTemporaryDatabase();
  await using node = await openTestNode(database.url);
  const { id: orderId } = await node.execute(buildCreateCommand());
  const other = new Database(database.url.slice('sqlite:'.length));
  other.exec(`update orders set status = 'REJECTED'`);
  other.close();
  expect(findKnown(node, [orderId]).orders).toMatchObject([{ status: 'CREATED' }]);
  const validation = { type: 'order.validate', initiator, orderId, ...runSettings } as const;
  await expect(node.execute(validation)).rejects.toMatchObject({ code: 'invalid-transition' });
});

test('a change of another process directly after a commit is noticed and does not count as a failure', async () => {
  await using database = await createTemporaryDatabase();
  await using node = await openTestNode(database.url);
  const { id: orderId } = await node.execute(buildCreateCommand());
  const other = new Database(database.url.slice('sqlite:'.length));
  for (const note of ['a', 'b', 'c']) {
    other.exec(`update orders set note = '${note}', customer_id = '${note}'`);
    const edit = { type: 'order.edit', initiator, orderId, edit: { reference: note } } as const;
    expect(await node.execute(edit)).toMatchObject({ note, customerId: note });
  }
  other.close();
  expect(await node.store.isHealthy()).toBe(true);
});

test('a transaction that does not say what it changes makes all rows unknown', async () => {
  await using database = await createTemporaryDatabase();
  await using node = await openTestNode(database.url);
  const { id: orderId } = await node.execute(buildCreateCommand());
  await node.store.transaction((em) =>
    em.getKysely<{ orders: { status: string } }>().updateTable('orders').set({ status: 'APPROVED' }).execute(),
  );
  expect(findKnown(node, [orderId]).missingOrderIds).toEqual(new Set([orderId]));
  await expect(node.execute({ ...approval, orderId })).rejects.toMatchObject({ code: 'invalid-transition' });
});

test('a group that cannot be written makes all rows unknown', async () => {
  await using database = await createTemporaryDatabase();
  await using node = await openTestNode(database.url);
  const { id: orderId } = await node.execute(buildCreateCommand());
  const edit = { type: 'order.edit', initiator, orderId, edit: { note: 'lost' } } as const;
  await node.store.pragma('query_only = ON');
  await expect(node.execute(edit)).rejects.toMatchObject({ code: 'unavailable' });
  expect(findKnown(node, [orderId]).missingOrderIds).toEqual(new Set([orderId]));
  await node.store.pragma('query_only = OFF');
  expect(await node.execute({ ...edit, edit: { note: 'kept' } })).toMatchObject({ version: 2, note: 'kept' });
});

test('the oldest rows are dropped beyond the limit, and are read again', async () => {
  await using database = await createTemporaryDatabase();
  await using node = await openTestNode(database.url);
  const orders = await Promise.all(Array.from({ length: 600 }, () => node.execute(buildCreateCommand())));
  const orderIds = orders.map(({ id }) => id);
  const { missingOrderIds } = findKnown(node, orderIds);
  expect(missingOrderIds.size).toBeGreaterThanOrEqual(88);
  expect(missingOrderIds.has(600)).toBe(false);
  const edit = { type: 'order.edit', initiator, orderId: 1, edit: { note: 'x' } } as const;
  expect(await node.execute(edit)).toMatchObject({ id: 1, version: 2 });
});
