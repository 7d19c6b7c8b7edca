// Reads an event stream message by message. Every message is checked against the contract.

import { createParser } from 'eventsource-parser';
import { expect } from 'vitest';
import { type Event, event } from '../../../contract/schemas/events/event.ts';
import { type StreamEnd, streamEnd } from '../../../contract/schemas/stream.ts';
import { contractFetch } from '../http/contract-fetch.ts';
import type { TestApp } from '../service/app.ts';

/** A part of a stream. The id that precedes an event is checked and left out. */
export type StreamItem =
  | { kind: 'retry'; ms: number }
  | { kind: 'id'; id: string }
  | { kind: 'comment'; text: string }
  | { kind: 'event'; event: Event }
  | { kind: 'end'; end: StreamEnd }
  | { kind: 'closed' };

export type TestStream = AsyncDisposable & {
  readonly headers: Headers;
  /** Reads the next item: `closed` at the end of the stream and ever after. */
  next(): Promise<StreamItem>;
  /** Reads up to and including the next item of a kind. @throws Error if the stream ends before */
  readUntil(kind: StreamItem['kind']): Promise<StreamItem[]>;
  /** Reads the next `count` events and returns their positions; skips items of other kinds. */
  readPositions(count: number): Promise<number[]>;
};

/** Opens a stream. The test fails unless the status is 200. */
export async function openStream(
  { url }: { url: string },
  query = '',
  headers: Record<string, string> = {},
): Promise<TestStream> {
  const aborting = new AbortController();
  const response = await contractFetch(`${url}/events/stream${query}`, { headers, signal: aborting.signal });
  expect(response.status).toBe(200);
  const items = parseItems(response);
  const next = async (): Promise<StreamItem> => (await items.next()).value ?? { kind: 'closed' };
  const readUntil: TestStream['readUntil'] = async (kind) => {
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
    readUntil,
    readPositions: async (count) => {
      const found: number[] = [];
      while (found.length < count) {
        const item = (await readUntil('event')).at(-1);
        if (item?.kind === 'event') found.push(item.event.position);
      }
      return found;
    },
    [Symbol.asyncDispose]: async () => aborting.abort(),
  };
}

async function* parseItems({ body }: Response): AsyncGenerator<StreamItem, undefined, void> {
  if (!body) throw new Error('a stream without a body');
  let items: StreamItem[] = [];
  const parser = createParser({
    onRetry: (ms) => items.push({ kind: 'retry', ms }),
    onComment: (text) => items.push({ kind: 'comment', text }),
    onId: (id) => items.push({ kind: 'id', id }),
    onEvent: (message) => items.push(toItem(message, items)),
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

/** Converts a message to an item. Before an event, the parser has queued an item with its id; it is removed. */
function toItem(
  message: { event?: string | undefined; id?: string | undefined; data: string },
  items: StreamItem[],
): StreamItem {
  const data: unknown = JSON.parse(message.data);
  if (message.event === 'end') {
    expect(streamEnd.strict().parse(data)).toEqual(data);
    return { kind: 'end', end: streamEnd.parse(data) };
  }
  const parsed = event.parse(data);
  expect(parsed).toEqual(data);
  expect(message).toMatchObject({ event: parsed.type, id: String(parsed.position) });
  items.pop();
  return { kind: 'event', event: parsed };
}

/** Returns the log lines of the requests for event streams, which are written when a stream ends. */
export function findStreamLogLines({ logLines }: TestApp): TestApp['logLines'] {
  return logLines.filter(({ msg }) => msg.startsWith('GET /events/stream'));
}
