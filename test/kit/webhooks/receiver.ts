// A webhook receiver: an HTTP server that records its requests and responds as the test says.

import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Client, Event, Webhook } from '../../../client/index.ts';
import { startHttpServer } from '../local-server.ts';
import { waitUntil } from '../wait-until.ts';

/** Configuration of a service that may send to receivers on this machine, without TLS. */
export const localTargets = { webhookTargets: { isHttpAllowed: true, isPrivateAllowed: true } };

/** A received request. `id` is its `webhook-id`. */
type Received = { headers: IncomingHttpHeaders; body: string; id: string };

/** Responds to a request; a returned number is the status of an empty response. */
type Responder = (received: Received, response: ServerResponse) => number | undefined;

export type Receiver = AsyncDisposable & {
  readonly url: string;
  /** All requests, repeated ones included. */
  readonly received: readonly Received[];
  /** The events received, without repetitions, in the order of their first arrival. */
  readonly events: Event[];
  /** Replaces the responder. */
  respondWith(responder: Responder | number): void;
  /**
   * Waits until `count` different messages have arrived.
   * @throws Error at the deadline
   */
  waitUntilReceived(count: number, deadlineMs?: number): Promise<void>;
};

/** Starts a receiver, which responds with 204 by default. */
export async function startReceiver(responder: Responder | number = 204): Promise<Receiver> {
  let respond = responder;
  const received: Received[] = [];
  /** The first message with each id, in the order of arrival. */
  const firstById = new Map<string, Received>();
  const server = await startHttpServer(async (request, response) => {
    const body = await text(request).catch(() => undefined);
    if (body === undefined) return;
    const message = { headers: request.headers, body, id: String(request.headers['webhook-id']) };
    received.push(message);
    if (!firstById.has(message.id)) firstById.set(message.id, message);
    const status = typeof respond === 'number' ? respond : respond(message, response);
    if (status !== undefined) response.writeHead(status).end();
  });
  return {
    url: `${server.url}/hook`,
    received,
    get events() {
      return [...firstById.values()].map(({ body }) => JSON.parse(body));
    },
    respondWith: (next) => {
      respond = next;
    },
    waitUntilReceived: async (count, deadlineMs) => {
      await waitUntil(
        () => firstById.size,
        (size) => size >= count,
        deadlineMs,
      );
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Waits until a webhook satisfies a condition, and returns it. */
export function waitForWebhook(
  client: Client,
  webhookId: number,
  isExpected: (webhook: Webhook) => boolean,
  deadlineMs?: number,
): Promise<Webhook> {
  return waitUntil(() => client.webhooks.get({ webhookId }), isExpected, deadlineMs);
}
