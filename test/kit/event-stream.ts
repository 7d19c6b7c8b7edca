// Reads streams as they are on the wire, block by block; every message is held against the contract.

import { createParser } from 'eventsource-parser';
import { expect } from 'vitest';
import { type Event, event } from '../../contract/event.ts';
import { type StreamEnd, streamEnd } from '../../contract/stream.ts';
import { contractFetch } from './contract-fetch.ts';

/** What a stream can bring; an id that stands with an event comes with it. */
export type StreamItem =
  | { kind: 'retry'; ms: number }
  | { kind: 'id'; id: string }
  | { kind: 'comment'; text: string }
  | { kind: 'event'; event: Event }
  | { kind: 'end'; end: StreamEnd }
  | { kind: 'closed' };

export type TestStream = AsyncDisposable & {
  readonly headers: Headers;
  /** The next of what comes; of a stream that is over always that it is closed. */
  next(): Promise<StreamItem>;
  /** All that comes up to something of this kind, which is the last. */
  readUntil(kind: StreamItem['kind']): Promise<StreamItem[]>;
  /** The positions of the next so many events, past everything else. */
  readPositions(count: number): Promise<number[]>;
};

/** Opens a stream; fails where it is refused. */
export async function openStream(
  { url }: { url: string },
  query = '',
  headers: Record<string, string> = {},
): Promise<TestStream> {
  const leaving = new AbortController();
  const response = await contractFetch(`${url}/events/stream${query}`, { headers, signal: leaving.signal });
  expect(response.status).toBe(200);
  const items = itemsOf(response);
  const next = async (): Promise<StreamItem> => (await items.next()).value ?? { kind: 'closed' };
  const until: TestStream['readUntil'] = async (kind) => {
    const found: StreamItem[] = [];
    for (;;) {
      const item = await next();
      found.push(item);
      if (item.kind === kind) return found;
      if (item.kind === 'closed') throw new Error(`closed before ${kind}: ${JSON.stringify(found)}`);
    }
  };
  return {
    headers: response.headers,
    next,
    readUntil: until,
    readPositions: async (count) => {
      const found: number[] = [];
      while (found.length < count) {
        const item = (await until('event')).at(-1);
        if (item?.kind === 'event') found.push(item.event.position);
      }
      return found;
    },
    [Symbol.asyncDispose]: async () => leaving.abort(),
  };
}

async function* itemsOf({ body }: Response): AsyncGenerator<StreamItem, undefined, void> {
  if (!body) throw new Error('a stream without a body');
  let items: StreamItem[] = [];
  const parser = createParser({
    onRetry: (ms) => items.push({ kind: 'retry', ms }),
    onComment: (text) => items.push({ kind: 'comment', text }),
    onId: (id) => items.push({ kind: 'id', id }),
    onEvent: (message) => items.push(itemOf(message, items)),
    onError: (error) => {
      throw error;
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    items = [];
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* items;
  }
  return undefined;
}

function itemOf(
  message: { event?: string | undefined; id?: string | undefined; data: string },
  items: StreamItem[],
): StreamItem {
  const data: unknown = JSON.parse(message.data);
  if (message.event === 'end') {
    expect(streamEnd.strict().parse(data)).toEqual(data);
    return { kind: 'end', end: streamEnd.parse(data) };
  }
  const told = event.parse(data);
  expect(told).toEqual(data);
  expect(message).toMatchObject({ event: told.type, id: String(told.position) });
  // Its id has been told of just before.
  items.pop();
  return { kind: 'event', event: told };
}
