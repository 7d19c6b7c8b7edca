// All who are told of events while nodes are killed: readers of the stream and of the feed, and receivers of webhooks.

import { expect } from 'vitest';
import type { Event } from '../../../client/index.ts';
import { anOrder } from '../orders.ts';
import { startReceiver } from '../receiver.ts';
import { until } from '../until.ts';
import { expectReceivedInOrder } from './aftermath.ts';
import { startBalancer } from './balancer.ts';
import type { Nodes } from './nodes.ts';
import { followStream, readFeed } from './readers.ts';
import { ask, type Sender } from './sending.ts';

const streams = 3;
const patienceMs = 120_000;

export type Audience = AsyncDisposable & {
  /** What readers have seen; rejects where one cannot go on. */
  readonly reading: Promise<unknown>;
  readonly counts: { resumptions: number; deliveries: number };
  /** Writes the last events, and answers all; fails where somebody has not seen each of them once, in order. */
  finish(): Promise<Event[]>;
};

/** @param newSender makes a sender with a chance of its own */
export async function startAudience(nodes: Nodes, newSender: () => Sender): Promise<Audience> {
  await using opening = new AsyncDisposableStack();
  const sender = newSender();
  const all = opening.use(await startReceiver());
  const ofCreations = opening.use(await startReceiver());
  await ask(sender, ({ webhooks }) => webhooks.create({ url: all.url }));
  await ask(sender, ({ webhooks }) => webhooks.create({ url: ofCreations.url, types: ['order.created'] }));
  const { random } = newSender();
  const balancer = opening.use(await startBalancer(() => nodes.pick(random)));
  const leaving = new AbortController();
  opening.defer(() => leaving.abort());
  const last = { position: Number.POSITIVE_INFINITY };
  let resumptions = 0;
  const options = {
    signal: leaving.signal,
    onLost: () => {
      resumptions += 1;
    },
  };
  const streaming = Array.from({ length: streams }, () => followStream(balancer.url, last, options));
  const reading = Promise.all([readFeed(newSender(), last), ...streaming]);
  const opened = opening.move();
  return {
    reading,
    get counts() {
      return { resumptions, deliveries: all.received.length + ofCreations.received.length };
    },
    finish: async () => {
      last.position = (await newestPosition(sender)) + 1;
      // The last event of all, on which readers leave.
      await newestPosition(sender);
      const [events, ...seen] = await reading;
      for (const positions of seen) expect(positions).toEqual(events.map(({ position }) => position));
      await untilSent(sender, events.at(-1)?.position);
      expectReceivedInOrder(all.received, events);
      const creations = events.filter(({ type }) => type === 'order.created');
      expectReceivedInOrder(ofCreations.received, creations);
      return events;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Writes an order; answers the position of the event that tells of it. */
async function newestPosition(sender: Sender): Promise<number> {
  const { id: orderId } = await ask(sender, ({ orders }) => orders.create(anOrder()));
  const { data } = await ask(sender, ({ orders }) => orders.events({ orderId }));
  return data[0]?.position ?? 0;
}

/** Waits until all webhooks have come to a position. */
async function untilSent(sender: Sender, last: number | undefined): Promise<void> {
  await until(
    () => ask(sender, ({ webhooks }) => webhooks.list()),
    ({ data }) => data.every(({ position }) => position === last),
    patienceMs,
  );
}
