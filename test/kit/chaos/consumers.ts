// All who are told of events while nodes are killed: readers of the stream and of the feed, and receivers of webhooks.

import { expect } from 'vitest';
import type { Event } from '../../../client/index.ts';
import { buildOrder } from '../orders.ts';
import { startReceiver } from '../receiver.ts';
import { waitUntil } from '../wait-until.ts';
import { expectDeliveredInOrder } from './check-final-state.ts';
import { followStream, readFeed } from './event-readers.ts';
import { startLoadBalancer } from './load-balancer.ts';
import type { Nodes } from './nodes.ts';
import { type RequestContext, requestWithRetry } from './requests.ts';

const streams = 3;
const patienceMs = 120_000;

export type Consumers = AsyncDisposable & {
  /** What readers have seen; rejects where one cannot go on. */
  readonly reading: Promise<unknown>;
  readonly counts: { resumptions: number; deliveries: number };
  /** Writes the last events, and answers all; fails where somebody has not seen each of them once, in order. */
  finish(): Promise<Event[]>;
};

/** @param newSender makes a sender with a chance of its own */
export async function startConsumers(nodes: Nodes, newSender: () => RequestContext): Promise<Consumers> {
  await using opening = new AsyncDisposableStack();
  const sender = newSender();
  const all = opening.use(await startReceiver());
  const ofCreations = opening.use(await startReceiver());
  await requestWithRetry(sender, ({ webhooks }) => webhooks.create({ url: all.url }));
  await requestWithRetry(sender, ({ webhooks }) => webhooks.create({ url: ofCreations.url, types: ['order.created'] }));
  const { random } = newSender();
  const balancer = opening.use(await startLoadBalancer(() => nodes.pick(random)));
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
      expectDeliveredInOrder(all.received, events);
      const creations = events.filter(({ type }) => type === 'order.created');
      expectDeliveredInOrder(ofCreations.received, creations);
      return events;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Writes an order; answers the position of the event that tells of it. */
async function newestPosition(sender: RequestContext): Promise<number> {
  const { id: orderId } = await requestWithRetry(sender, ({ orders }) => orders.create(buildOrder()));
  const { data } = await requestWithRetry(sender, ({ orders }) => orders.events({ orderId }));
  return data[0]?.position ?? 0;
}

/** Waits until all webhooks have come to a position. */
async function untilSent(sender: RequestContext, last: number | undefined): Promise<void> {
  await waitUntil(
    () => requestWithRetry(sender, ({ webhooks }) => webhooks.list()),
    ({ data }) => data.every(({ position }) => position === last),
    patienceMs,
  );
}
