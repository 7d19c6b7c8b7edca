// Event streams under load: readers with different filters leave, return and lose connections while several writers
// append events. STREAM_EVENTS sets the number of events.

import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Client, createClient, type Event, type KnownEventType } from '../../client/index.ts';
import { chooseRounds } from '../kit/database/database.ts';
import { createEvents, readEveryEvent, toPositions } from '../kit/events/events.ts';
import { type FaultyProxy, startFaultyProxy } from '../kit/faulty-proxy.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { startTestApp } from '../kit/service/app.ts';

const total = chooseRounds(process.env.STREAM_EVENTS, { sqlite: 1_000, postgres: 480 });
const writers = 8;
const cutEveryMs = 40;

type Filter = { type?: KnownEventType[]; orderId?: number };
const filters: Filter[] = [
  {},
  {},
  {},
  {},
  {},
  {},
  { type: ['order.created'] },
  { type: ['order.created', 'order.updated'] },
  { orderId: 3 },
  { orderId: 3, type: ['order.updated'] },
];

/** Reads a stream until `isDone`, closing and reopening it after random numbers of events; returns the positions. */
async function read(client: Client, filter: Filter, isDone: (position: number) => boolean): Promise<number[]> {
  const positions: number[] = [];
  const lastPosition = () => positions.at(-1) ?? 0;
  while (!isDone(lastPosition())) {
    let remaining = Math.ceil(Math.random() * (total / 10));
    for await (const { position } of client.events.stream({ after: lastPosition(), ...filter })) {
      positions.push(position);
      remaining -= 1;
      if (remaining === 0 || isDone(position)) break;
    }
  }
  return positions;
}

function matches({ type, orderId }: Filter, event: Event): boolean {
  return (type?.some((name) => name === event.type) ?? true) && (orderId ?? event.orderId) === event.orderId;
}

test(`every reader receives ${total} events once and in order despite lost connections`, {
  timeout: 30_000 + total * 10,
}, async () => {
  await using app = await startTestApp({ streamRetryMs: 1 });
  await using proxy = await startFaultyProxy(app.url);
  const direct = createClient({ baseUrl: app.url, maxRetries: 0 });
  const proxied = createClient({ baseUrl: proxy.url, maxRetries: 0 });
  let end = Number.POSITIVE_INFINITY;
  const readings = filters.map((filter) => read(proxied, filter, (position) => position >= end));
  const stopping = new AbortController();
  const cutting = cutUntil(stopping.signal, proxy);
  await Promise.all(Array.from({ length: writers }, () => createEvents(direct, total / writers, 40)));
  stopping.abort();
  expect(await cutting).toBeGreaterThan(5);
  end = total + 1;
  // One of these two events matches each filter.
  await direct.orders.create(buildOrder());
  await direct.orders.edit({ orderId: 3, note: 'last' });
  const received = await Promise.all(readings);
  const events = await readEveryEvent(direct);
  expect(events).toHaveLength(total + 2);
  for (const [index, filter] of filters.entries()) {
    const expected = toPositions(events.filter((event) => matches(filter, event)));
    const [last = 0] = (received[index] ?? []).slice(-1);
    expect(last).toBeGreaterThanOrEqual(end);
    expect(received[index]).toEqual(expected.filter((position) => position <= last));
  }
});

/** Cuts random connections periodically until it is stopped; returns the number of cuts. */
async function cutUntil(stop: AbortSignal, { cut }: FaultyProxy): Promise<number> {
  let cuts = 0;
  while (!stop.aborted) {
    await pause(cutEveryMs);
    cut(0.2);
    cuts += 1;
  }
  return cuts;
}
