// The tail of the log in itself: what it tells, what it remembers, and that it never leaves a gap without saying so.

import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import type { SerializedEvent } from '../../server/database/mapping/event.ts';
import { Tail } from '../../server/events/tail.ts';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { buildOrder } from '../kit/orders.ts';
import { waitUntil } from '../kit/wait-until.ts';

function tailOf({ service: { store } }: TestApp): Tail {
  return new Tail({ store, log: pino({ level: 'silent' }), pollMs: 1 });
}

/** Creates so many orders, some at a time: a connection for each would take longer than all of them. */
async function write({ client }: TestApp, count: number): Promise<void> {
  let left = count;
  const writeSome = async () => {
    while (left-- > 0) await client.orders.create(buildOrder());
  };
  await Promise.all(Array.from({ length: 16 }, writeSome));
}

function positionsOf(events: readonly SerializedEvent[] | undefined): number[] | undefined {
  return events?.map(({ position }) => position);
}

describe('the tail', () => {
  test('tells every follower of what comes, from where it stands, once and in order', async () => {
    await using app = await startTestApp();
    await write(app, 10);
    using tail = tailOf(app);
    const told: number[][] = [[], []];
    using _first = tail.subscribe((events) => told[0]?.push(...events.map(({ position }) => position)));
    await waitUntil(
      () => tail.findRecentAfter(10),
      (since) => since !== undefined,
    );
    await write(app, 40);
    await waitUntil(
      () => told[0]?.length,
      (count) => count === 40,
    );
    using _second = tail.subscribe((events) => told[1]?.push(...events.map(({ position }) => position)));
    await write(app, 5);
    await waitUntil(
      () => told[1]?.length,
      (count) => count === 5,
    );
    expect(told[0]).toEqual(Array.from({ length: 45 }, (_, index) => 11 + index));
    expect(told[1]).toEqual([51, 52, 53, 54, 55]);
  });

  test('knows what it has told lately, and says so where it has forgotten, or never knew, a part of it', async () => {
    await using app = await startTestApp();
    await write(app, 3);
    using tail = tailOf(app);
    expect(tail.findRecentAfter(3)).toBeUndefined();
    let latest = 0;
    using _following = tail.subscribe((events) => {
      latest = events.at(-1)?.position ?? latest;
    });
    await waitUntil(
      () => tail.findRecentAfter(3),
      (since) => since !== undefined,
    );
    expect(tail.findRecentAfter(2)).toBeUndefined();
    await write(app, 20);
    await waitUntil(
      () => latest,
      (position) => position === 23,
    );
    expect(positionsOf(tail.findRecentAfter(21))).toEqual([22, 23]);
    expect(tail.findRecentAfter(23)).toEqual([]);
    expect(tail.findRecentAfter(2)).toBeUndefined();
    await write(app, 1_000);
    await waitUntil(
      () => latest,
      (position) => position === 1_023,
    );
    expect(positionsOf(tail.findRecentAfter(1_021))).toEqual([1_022, 1_023]);
    expect(tail.findRecentAfter(23)).toBeUndefined();
  });
});
