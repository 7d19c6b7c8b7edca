// Those who read while nodes are killed, each in its own way, until they have seen the last event.

import { setTimeout as pause } from 'node:timers/promises';
import { type Client, createClient, type Event, type StreamOptions } from '../../../client/index.ts';
import { type RequestContext, requestWithRetry } from './requests.ts';

const lookAgainMs = 50;

/** Tells readers when they are done: at this position. */
export type FinalPosition = { position: number };

/** Follows the stream over whatever node the balancer gives it, and resumes by itself. */
export async function followStream(baseUrl: string, finish: FinalPosition, options: StreamOptions): Promise<number[]> {
  const seen: number[] = [];
  const client = createClient({ baseUrl });
  for await (const { position } of client.events.stream({ after: 0 }, options)) {
    seen.push(position);
    if (position >= finish.position) break;
  }
  return seen;
}

/** Reads the feed page by page, each of another node. */
export async function readFeed(sender: RequestContext, finish: FinalPosition): Promise<Event[]> {
  const events: Event[] = [];
  for (let after = 0; after < finish.position; ) {
    const { data, page } = await requestWithRetry(sender, (client: Client) =>
      client.events.list({ after, limit: 100 }),
    );
    events.push(...data);
    after = page.nextAfter;
    if (data.length === 0) await pause(lookAgainMs);
  }
  return events;
}
