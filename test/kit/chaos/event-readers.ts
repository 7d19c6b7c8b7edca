// Clients that read all events while nodes are killed, one by the stream and one by the feed.

import { setTimeout as pause } from 'node:timers/promises';
import { createClient, type Event, type StreamOptions } from '../../../client/index.ts';
import { type RequestContext, requestWithRetry } from './requests.ts';

const pollIntervalMs = 50;

/** Readers stop at the first event at or behind this position. */
export type FinalPosition = { position: number };

/** Follows the event stream through the load balancer, resuming after lost connections; returns the positions. */
export async function followStream(baseUrl: string, final: FinalPosition, options: StreamOptions): Promise<number[]> {
  const positions: number[] = [];
  const client = createClient({ baseUrl, maxRetries: 0 });
  for await (const { position } of client.events.stream({ after: 0 }, options)) {
    positions.push(position);
    if (position >= final.position) break;
  }
  return positions;
}

/** Reads the feed page by page, each page from a randomly chosen node. */
export async function readFeed(context: RequestContext, final: FinalPosition): Promise<Event[]> {
  const events: Event[] = [];
  for (let after = 0; after < final.position; ) {
    const { data, page } = await requestWithRetry(context, (client) => client.events.list({ after, limit: 100 }));
    events.push(...data);
    after = page.nextAfter;
    if (data.length === 0) await pause(pollIntervalMs);
  }
  return events;
}
