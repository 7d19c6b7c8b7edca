// A receiver of webhooks: a real server that keeps what it gets, and answers as the test says.

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Event } from '../../client/index.ts';
import { waitUntil } from './wait-until.ts';

/** The configuration of a service that may send to receivers on this machine. */
export const localTargets = { webhookTargets: { isHttpAllowed: true, isPrivateAllowed: true } };

/** A request as it came. */
type Received = { headers: IncomingHttpHeaders; body: string; id: string };

/** Answers a request; a number is a status with nothing else. */
type Answerer = (received: Received, response: ServerResponse) => number | undefined;

export type Receiver = AsyncDisposable & {
  readonly url: string;
  readonly received: readonly Received[];
  /** The events that came, in the order in which each came first. */
  readonly events: Event[];
  /** Answers otherwise from now on. */
  respondWith(answerer: Answerer | number): void;
  /** Waits until so many different messages have come. It fails when the time is up. */
  waitUntilReceived(count: number, deadlineMs?: number): Promise<void>;
};

export async function startReceiver(first: Answerer | number = 204): Promise<Receiver> {
  let answerer = first;
  const received: Received[] = [];
  /** The first message of each id, in the order in which they came. */
  const firsts = new Map<string, Received>();
  const server = createServer(async (request, response) => {
    const body = await text(request).catch(() => undefined);
    if (body === undefined) return;
    const message = { headers: request.headers, body, id: String(request.headers['webhook-id']) };
    received.push(message);
    if (!firsts.has(message.id)) firsts.set(message.id, message);
    const status = typeof answerer === 'number' ? answerer : answerer(message, response);
    if (status !== undefined) response.writeHead(status).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    get events() {
      return [...firsts.values()].map(({ body }) => JSON.parse(body));
    },
    respondWith: (next) => {
      answerer = next;
    },
    waitUntilReceived: async (count, deadlineMs) => {
      await waitUntil(
        () => firsts.size,
        (size) => size >= count,
        deadlineMs,
      );
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
