// What has to be true of the database and of the service when all is quiet again.

import { sql } from 'kysely';
import { expect } from 'vitest';
import type { Client, Event, Order } from '../../../client/index.ts';
import { openTestStore } from '../store.ts';
import { waitUntil } from '../wait-until.ts';
import type { OrderHistory } from './order-history.ts';

/** How many orders have their histories read one by one. */
const sampleSize = 100;

/**
 * Fails where a validation is open, a job left over, or a transaction or its lock.
 * @param positions those of all events that readers have seen
 */
export async function expectConsistentDatabase(databaseUrl: string, positions: readonly number[]): Promise<void> {
  await using store = await openTestStore(databaseUrl);
  const { reader } = store;
  const rowsOf = async (text: string) => (await sql.raw(text).execute(reader)).rows;
  expect(await rowsOf("select id, state from validation_runs where state in ('queued', 'running')")).toEqual([]);
  const jobs = 'select name, state::text, data from pgboss.job';
  // Heartbeats and rounds go on: what is asked for is a moment without any.
  await waitUntil(
    () => rowsOf(`${jobs} where name in ('validation', 'validation-given-up') and state < 'completed'`),
    (rows) => rows.length === 0,
  );
  const others = 'datname = current_database() and pid <> pg_backend_pid()';
  await waitUntil(
    () => rowsOf(`select state, query from pg_stat_activity where ${others} and xact_start is not null`),
    (rows) => rows.length === 0,
  );
  expect(await rowsOf('select gid from pg_prepared_xacts')).toEqual([]);
  // What the log says and what the rows say is the same thing.
  expect(
    await rowsOf(`select id, version from orders
      where version <> (select count(*) from events where order_id = orders.id)
      or version <> (select max(sequence) from events where order_id = orders.id)`),
  ).toEqual([]);
  expect(await rowsOf('select position from events order by position')).toEqual(
    positions.map((position) => ({ position })),
  );
  expect(await rowsOf('select order_id from events where order_id not in (select id from orders)')).toEqual([]);
}

/** Fails where the service answers an order, a history or a count otherwise than the log tells it. */
export async function expectReadsMatchHistories(
  client: Client,
  lives: ReadonlyMap<number, OrderHistory>,
): Promise<void> {
  const orders = await everyOrder(client);
  const last = [...lives].map(([id, { versions }]) => [id, versions.at(-1)] as const);
  expect(orders.size).toBe(lives.size);
  for (const [id, order] of last) expect(orders.get(id)).toEqual(order);
  const step = Math.ceil(lives.size / sampleSize);
  for (const [index, [orderId, { events }]] of [...lives].entries()) {
    if (index % step > 0) continue;
    const { data } = await client.orders.events({ orderId, limit: 100 });
    expect(data).toEqual(events.slice(0, 100));
  }
  const counted = { CREATED: 0, VALIDATED: 0, APPROVED: 0, REJECTED: 0 };
  for (const { status } of orders.values()) counted[status] += 1;
  expect(await client.stats.get()).toMatchObject({ orders: counted, openValidations: 0 });
}

async function everyOrder(client: Client): Promise<Map<number, Order>> {
  const orders = new Map<number, Order>();
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const { data, page } = await client.orders.list({ limit: 100, sort: 'id', ...(cursor ? { cursor } : {}) });
    for (const order of data) orders.set(order.id, order);
    cursor = page.nextCursor;
  }
  return orders;
}

/** Every event at least once, and in the order of the log where each came first. */
export function expectDeliveredInOrder(received: readonly { body: string }[], events: readonly Event[]): void {
  const firsts = new Map<number, Event>();
  for (const { body } of received) {
    const event: Event = JSON.parse(body);
    if (!firsts.has(event.position)) firsts.set(event.position, event);
  }
  expect([...firsts.keys()]).toEqual(events.map(({ position }) => position));
  expect([...firsts.values()]).toEqual(events);
}
