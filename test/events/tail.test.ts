// The tail of the event log as a unit: deliveries, and the recent events that it keeps.

import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { Tail } from '../../server/events/tail.ts';
import { toPositions } from '../kit/events/events.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { startTestApp, type TestApp } from '../kit/service/app.ts';
import { waitUntil } from '../kit/wait-until.ts';

function createTail({ service: { store } }: TestApp): Tail {
  return new Tail({ store, log: pino({ level: 'silent' }), pollMs: 1, retryMs: 1 });
}

/** Creates orders, 16 at a time: opening a connection for each of them would take longer. */
async function createOrders({ client }: TestApp, count: number): Promise<void> {
  let remaining = count;
  const createSome = async () => {
    while (remaining-- > 0) await client.orders.create(buildOrder());
  };
  await Promise.all(Array.from({ length: 16 }, createSome));
}

describe('the tail', () => {
  test('the tail delivers new events to every subscriber once and in order', async () => {
    await using app = await startTestApp();
    await createOrders(app, 10);
    using tail = createTail(app);
    const delivered: number[][] = [[], []];
    using _first = tail.subscribe((events) => delivered[0]?.push(...events.map(({ position }) => position)));
    await waitUntil(
      () => tail.findRecentAfter(10),
      (recent) => recent !== undefined,
    );
    await createOrders(app, 40);
    await waitUntil(
      () => delivered[0]?.length,
      (count) => count === 40,
    );
    using _second = tail.subscribe((events) => delivered[1]?.push(...events.map(({ position }) => position)));
    await createOrders(app, 5);
    await waitUntil(
      () => delivered[1]?.length,
      (count) => count === 5,
    );
    expect(delivered[0]).toEqual(Array.from({ length: 45 }, (_, index) => 11 + index));
    expect(delivered[1]).toEqual([51, 52, 53, 54, 55]);
  });

  test('the tail returns recent events, or undefined if it no longer keeps all of them or never read them', async () => {
    await using app = await startTestApp();
    await createOrders(app, 3);
    using tail = createTail(app);
    expect(tail.findRecentAfter(3)).toBeUndefined();
    let latest = 0;
    using _subscription = tail.subscribe((events) => {
      latest = events.at(-1)?.position ?? latest;
    });
    await waitUntil(
      () => tail.findRecentAfter(3),
      (recent) => recent !== undefined,
    );
    expect(tail.findRecentAfter(2)).toBeUndefined();
    await createOrders(app, 20);
    await waitUntil(
      () => latest,
      (position) => position === 23,
    );
    expect(toPositions(tail.findRecentAfter(21) ?? [])).toEqual([22, 23]);
    expect(tail.findRecentAfter(23)).toEqual([]);
    expect(tail.findRecentAfter(2)).toBeUndefined();
    await createOrders(app, 1_000);
    await waitUntil(
      () => latest,
      (position) => position === 1_023,
    );
    expect(toPositions(tail.findRecentAfter(1_021) ?? [])).toEqual([1_022, 1_023]);
    expect(tail.findRecentAfter(23)).toBeUndefined();
  });
});
