// Checks of the database and of the service after the load has ended.

import { sql } from 'kysely';
import { expect } from 'vitest';
import type { Client, Event } from '../../../client/index.ts';
import { openTestStore } from '../database/store.ts';
import { toPositions } from '../events/events.ts';
import { readEveryOrder } from '../http/orders.ts';
import { waitUntil } from '../wait-until.ts';
import type { OrderHistory } from './order-history.ts';

/** The number of orders whose events are read individually. */
const sampleSize = 100;

/**
 * Checks that no validation is open, no job, transaction or lock is left, and that orders and events agree.
 * @param positions the positions of all events that the readers have received
 */
export async function expectConsistentDatabase(databaseUrl: string, positions: readonly number[]): Promise<void> {
  await using store = await openTestStore(databaseUrl);
  const { reader } = store;
  const select = async (text: string) => (await sql.raw(text).execute(reader)).rows;
  const waitUntilEmpty = (text: string) =>
    waitUntil(
      () => select(text),
      (rows) => rows.length === 0,
    );
  expect(await select("select id, state from validation_runs where state in ('queued', 'running')")).toEqual([]);
  // Heartbeats and periodic queries continue: wait for a moment without jobs and transactions.
  await waitUntilEmpty(`select name, state::text, data from pgboss.job
    where name in ('validation', 'validation-given-up') and state < 'completed'`);
  await waitUntilEmpty(`select state, query from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null`);
  expect(await select('select gid from pg_prepared_xacts')).toEqual([]);
  expect(
    await select(`select id, version from orders
      where version <> (select count(*) from events where order_id = orders.id)
      or version <> (select max(sequence) from events where order_id = orders.id)`),
  ).toEqual([]);
  expect(await select('select position from events where order_id is not null order by position')).toEqual(
    positions.map((position) => ({ position })),
  );
  expect(await select('select order_id from events where order_id not in (select id from orders)')).toEqual([]);
}

/** Checks that the service returns the orders, events and counts that result from the log. */
export async function expectReadsMatchHistories(
  client: Client,
  histories: ReadonlyMap<number, OrderHistory>,
): Promise<void> {
  const orders = await readEveryOrder(client);
  expect(orders.size).toBe(histories.size);
  for (const [id, { versions }] of histories) expect(orders.get(id)).toEqual(versions.at(-1));
  const step = Math.ceil(histories.size / sampleSize);
  for (const [index, [orderId, { events }]] of [...histories].entries()) {
    if (index % step > 0) continue;
    const { data } = await client.orders.events({ orderId, limit: 100 });
    expect(data).toEqual(events.slice(0, 100));
  }
  const counts: Record<string, number> = { CREATED: 0, VALIDATED: 0, APPROVED: 0, REJECTED: 0 };
  for (const { status } of orders.values()) counts[status] = (counts[status] ?? 0) + 1;
  expect(await client.stats.get()).toMatchObject({ orders: counts, openValidations: 0 });
}

/** Checks that every event was received at least once, and that the first deliveries are in the order of the log. */
export function expectDeliveredInOrder(received: readonly { body: string }[], events: readonly Event[]): void {
  const firstByPosition = new Map<number, Event>();
  for (const { body } of received) {
    const event: Event = JSON.parse(body);
    if (!firstByPosition.has(event.position)) firstByPosition.set(event.position, event);
  }
  expect([...firstByPosition.keys()]).toEqual(toPositions(events));
  expect([...firstByPosition.values()]).toEqual(events);
}
