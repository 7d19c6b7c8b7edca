// The consumers of events while nodes are killed: stream readers, a feed reader and two webhook receivers.

import { expect } from 'vitest';
import type { Event } from '../../../client/index.ts';
import { toPositions } from '../events/events.ts';
import { buildOrder } from '../http/orders.ts';
import { waitUntil } from '../wait-until.ts';
import { startReceiver } from '../webhooks/receiver.ts';
import { expectDeliveredInOrder } from './check-final-state.ts';
import { followStream, readFeed } from './event-readers.ts';
import { startLoadBalancer } from './load-balancer.ts';
import type { Nodes } from './nodes.ts';
import { type RequestContext, requestWithRetry } from './requests.ts';

const streams = 3;
const deliveryDeadlineMs = 120_000;

export type Consumers = AsyncDisposable & {
  /** Rejects if a reader fails. */
  readonly reading: Promise<unknown>;
  readonly counts: { resumptions: number; deliveries: number };
  /**
   * Appends two last events, waits until every consumer has received them, and returns all events. The test fails
   * unless every consumer has received each event, readers exactly once, and in the order of the log.
   */
  finish(): Promise<Event[]>;
};

/**
 * Creates two webhooks, for all events and for created orders, and starts the readers.
 * @param createContext returns a context with its own random generator
 */
export async function startConsumers(nodes: Nodes, createContext: () => RequestContext): Promise<Consumers> {
  await using opening = new AsyncDisposableStack();
  const context = createContext();
  const receiver = opening.use(await startReceiver());
  const creationReceiver = opening.use(await startReceiver());
  await requestWithRetry(context, ({ webhooks }) => webhooks.create({ url: receiver.url }));
  await requestWithRetry(context, ({ webhooks }) =>
    webhooks.create({ url: creationReceiver.url, types: ['order.created'] }),
  );
  const { random } = createContext();
  const balancer = opening.use(await startLoadBalancer(() => nodes.pick(random)));
  const aborting = new AbortController();
  opening.defer(() => aborting.abort());
  const final = { position: Number.POSITIVE_INFINITY };
  let resumptions = 0;
  const options = {
    signal: aborting.signal,
    onLost: () => {
      resumptions += 1;
    },
  };
  const streaming = Array.from({ length: streams }, () => followStream(balancer.url, final, options));
  const reading = Promise.all([readFeed(createContext(), final), ...streaming]);
  const opened = opening.move();
  return {
    reading,
    get counts() {
      return { resumptions, deliveries: receiver.received.length + creationReceiver.received.length };
    },
    finish: async () => {
      final.position = (await appendEvent(context)) + 1;
      // Readers stop at this event.
      await appendEvent(context);
      const [events, ...positionsRead] = await reading;
      for (const positions of positionsRead) expect(positions).toEqual(toPositions(events));
      await waitUntilDelivered(context, events.at(-1)?.position);
      expectDeliveredInOrder(receiver.received, events);
      const creations = events.filter(({ type }) => type === 'order.created');
      expectDeliveredInOrder(creationReceiver.received, creations);
      return events;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Creates an order and returns the position of its event. */
async function appendEvent(context: RequestContext): Promise<number> {
  const { id: orderId } = await requestWithRetry(context, ({ orders }) => orders.create(buildOrder()));
  const { data } = await requestWithRetry(context, ({ orders }) => orders.events({ orderId }));
  return data[0]?.position ?? 0;
}

/** Waits until every webhook has reached a position. */
async function waitUntilDelivered(context: RequestContext, lastPosition: number | undefined): Promise<void> {
  await waitUntil(
    () => requestWithRetry(context, ({ webhooks }) => webhooks.list()),
    ({ data }) => data.every(({ position }) => position === lastPosition),
    deliveryDeadlineMs,
  );
}
