// Appends events to the log and reads them back.

import type { Client, Event } from '../../../client/index.ts';
import { buildOrder } from '../http/orders.ts';

/**
 * Appends `count` events one after the other: each order is created and edited until it has `eventsPerOrder` events.
 * @param eventsPerOrder @default count: all events belong to one order
 */
export async function createEvents(client: Client, count: number, eventsPerOrder = count): Promise<void> {
  for (let appended = 0; appended < count; ) {
    const { id: orderId } = await client.orders.create(buildOrder());
    appended += 1;
    for (let sequence = 2; sequence <= eventsPerOrder && appended < count; sequence += 1) {
      await client.orders.edit({ orderId, note: `${sequence}` });
      appended += 1;
    }
  }
}

/** Reads the whole feed page by page. */
export async function readEveryEvent(client: Client): Promise<Event[]> {
  const events: Event[] = [];
  for (let after = 0; ; ) {
    const { data, page } = await client.events.list({ after, limit: 100 });
    if (data.length === 0) return events;
    events.push(...data);
    after = page.nextAfter;
  }
}

/** Returns the positions of events. */
export function toPositions(events: readonly { position: number }[]): number[] {
  return events.map(({ position }) => position);
}

/** Returns the whole numbers from `first` to `last`, as in the positions of consecutive events. */
export function listNumbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
