// Many events by several writers, while readers come, go, lose their connection and resume: every reader has seen every
// event that is for it once, in order. `STREAM_EVENTS` says how many.

import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Client, createClient, type Event, type EventType } from '../../client/index.ts';
import { startTestApp } from '../kit/app.ts';
import { chooseRounds } from '../kit/database.ts';
import { type FaultyProxy, startFaultyProxy } from '../kit/faulty-proxy.ts';
import { buildOrder } from '../kit/orders.ts';

const total = chooseRounds(process.env.STREAM_EVENTS, { sqlite: 1_000, postgres: 480 });
const writers = 8;
const cutEveryMs = 40;

type Filter = { type?: EventType[]; orderId?: number };
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

/** Writes its share: orders of a few dozen versions each. */
async function write(client: Client): Promise<void> {
  let left = total / writers;
  while (left > 0) {
    const { id: orderId } = await client.orders.create(buildOrder());
    left -= 1;
    for (let version = 2; version <= 40 && left > 0; version += 1) {
      await client.orders.edit({ orderId, note: `${version}` });
      left -= 1;
    }
  }
}

/** Reads until it is done; leaves now and then, and comes back. */
async function read(client: Client, filter: Filter, isDone: (position: number) => boolean): Promise<number[]> {
  const seen: number[] = [];
  const behind = () => seen.at(-1) ?? 0;
  while (!isDone(behind())) {
    let stay = Math.ceil(Math.random() * (total / 10));
    for await (const { position } of client.events.stream({ after: behind(), ...filter })) {
      seen.push(position);
      stay -= 1;
      if (stay === 0 || isDone(position)) break;
    }
  }
  return seen;
}

async function everything(client: Client): Promise<Event[]> {
  const events: Event[] = [];
  for (let after = 0; ; ) {
    const { data, page } = await client.events.list({ after, limit: 100 });
    if (data.length === 0) return events;
    events.push(...data);
    after = page.nextAfter;
  }
}

function fits({ type, orderId }: Filter, event: Event): boolean {
  return (type?.includes(event.type) ?? true) && (orderId ?? event.orderId) === event.orderId;
}

test(`${total} events come to every reader once and in order, however often they lose the connection`, {
  timeout: 30_000 + total * 10,
}, async () => {
  await using app = await startTestApp({ streamRetryMs: 1 });
  await using network = await startFaultyProxy(app.url);
  const [direct, unsure] = [app.url, network.url].map((baseUrl) => createClient({ baseUrl })) as [Client, Client];
  let end = Number.POSITIVE_INFINITY;
  const readings = filters.map((filter) => read(unsure, filter, (position) => position >= end));
  const over = new AbortController();
  const cutting = cutUntil(over.signal, network);
  await Promise.all(Array.from({ length: writers }, () => write(direct)));
  over.abort();
  expect(await cutting).toBeGreaterThan(5);
  end = total + 1;
  // Of these, each filter lets one through.
  await direct.orders.create(buildOrder());
  await direct.orders.edit({ orderId: 3, note: 'last' });
  const seen = await Promise.all(readings);
  const events = await everything(direct);
  expect(events).toHaveLength(total + 2);
  for (const [index, filter] of filters.entries()) {
    const expected = events.filter((event) => fits(filter, event)).map(({ position }) => position);
    const [last = 0] = (seen[index] ?? []).slice(-1);
    expect(last).toBeGreaterThanOrEqual(end);
    expect(seen[index]).toEqual(expected.filter((position) => position <= last));
  }
});

/** Answers how many times connections were lost. */
async function cutUntil(over: AbortSignal, { cut }: FaultyProxy): Promise<number> {
  let times = 0;
  while (!over.aborted) {
    await pause(cutEveryMs);
    cut(0.2);
    times += 1;
  }
  return times;
}
