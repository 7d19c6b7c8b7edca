// All open streams of events. What comes is made into text once for all streams with the same filter; a stream whose
// reader is too slow is ended, and so is every stream at the stop, and with its token. Every end says why.

import type { Logger } from 'pino';
import type { StreamEnd } from '../../../contract/stream.ts';
import type { SerializedEvent } from '../../database/mapping/event.ts';
import { type EventFilter, matchesFilter } from '../../database/queries/event-filter.ts';
import type { Store } from '../../database/store.ts';
import type { Tail } from '../../events/tail.ts';
import type { ServiceResponse } from '../request/request.ts';
import { isUnreadable } from '../server/client-errors.ts';
import { beginClosing } from '../server/lingering-close.ts';
import { EventStream } from './event-stream.ts';
import { toFrames } from './frames.ts';

export type EventStreamsOptions = {
  store: Store;
  tail: Tail;
  log: Logger;
  heartbeatMs: number;
  streamRetryMs: number;
  /** How many bytes may wait for a reader. */
  maxStreamBacklogBytes: number;
  /** Aborts when listening stops. */
  stopping: AbortSignal;
  now(): number;
  random(): number;
};

/** How often streams are looked through for tokens that have ended, in milliseconds. */
const expiryCheckMs = 1_000;
/** Readers that a stop has sent away come back between one time and the other, in milliseconds, and not all at once. */
const returnMs = { soonest: 1_000, latest: 5_000 };

/** The streams with one filter that are told what comes. */
type Channel = { filter: EventFilter; streams: Set<EventStream> };

export class EventStreams {
  readonly #options: EventStreamsOptions;
  readonly #open = new Set<EventStream>();
  readonly #channels = new Map<string, Channel>();
  #following: Disposable | undefined;
  #timers: NodeJS.Timeout[] = [];

  constructor(options: EventStreamsOptions) {
    this.#options = options;
    options.stopping.addEventListener('abort', () => this.#stop(), { once: true });
  }

  /** Answers a request with the events after a position that a filter lets through, until one side ends that. */
  open(response: ServiceResponse, filter: EventFilter, position: number): void {
    setStreamHeaders(response);
    // A broken request behind it waits for its end.
    if (response.req.method === 'HEAD' || isUnreadable(response.req.socket)) return void response.end();
    // Whoever has gone meanwhile does not close any more.
    if (response.destroyed) return;
    // What comes behind it could be answered only after its end.
    beginClosing(response.req.socket);
    const stream = new EventStream(this.#options, response, filter, position);
    response.once('close', () => this.#remove(stream));
    this.#add(stream);
    // The stop may have come since the request was looked at.
    if (this.#options.stopping.aborted) this.#stop();
    else void this.#run(stream);
  }

  async #run(stream: EventStream): Promise<void> {
    try {
      await stream.start(() => this.#findChannel(stream.filter).streams.add(stream));
    } catch (error) {
      this.#options.log.error({ err: error, ...describeReader(stream) }, 'a stream of events cannot go on');
      stream.response.destroy();
    }
  }

  #add(stream: EventStream): void {
    this.#open.add(stream);
    if (this.#open.size > 1) return;
    this.#following = this.#options.tail.subscribe((events) => this.#publish(events));
    this.#timers = [
      setInterval(() => this.#beat(), this.#options.heartbeatMs).unref(),
      setInterval(() => this.#endExpired(), expiryCheckMs).unref(),
    ];
  }

  #remove(stream: EventStream): void {
    this.#open.delete(stream);
    const key = toChannelKey(stream.filter);
    const channel = this.#channels.get(key);
    channel?.streams.delete(stream);
    if (channel?.streams.size === 0) this.#channels.delete(key);
    if (this.#open.size > 0) return;
    this.#following?.[Symbol.dispose]();
    for (const timer of this.#timers) clearInterval(timer);
  }

  #findChannel(filter: EventFilter): Channel {
    const key = toChannelKey(filter);
    const channel = this.#channels.get(key) ?? { filter, streams: new Set() };
    this.#channels.set(key, channel);
    return channel;
  }

  #publish(events: readonly SerializedEvent[]): void {
    const { maxStreamBacklogBytes } = this.#options;
    for (const { filter, streams } of this.#channels.values()) {
      const told = events.filter((event) => matchesFilter(filter, event));
      if (told.length === 0) continue;
      const bytes = toFrames(told);
      for (const stream of streams) {
        stream.publish(told, bytes);
        if (stream.response.writableLength > maxStreamBacklogBytes) this.#endSlow(stream);
      }
    }
  }

  #endSlow(stream: EventStream): void {
    const { log, maxStreamBacklogBytes } = this.#options;
    const waitingBytes = stream.response.writableLength;
    log.warn({ ...describeReader(stream), waitingBytes }, 'a stream is ended, whose reader is too slow');
    const detail = `More than ${maxStreamBacklogBytes} bytes were waiting to be read.`;
    this.#end(stream, { reason: 'slow-reader', detail });
  }

  #beat(): void {
    for (const stream of this.#open) stream.sendHeartbeat();
  }

  #endExpired(): void {
    const nowMs = this.#options.now();
    for (const stream of this.#open) {
      const { principal } = stream.response.req;
      if (principal && principal.expiresAtMs <= nowMs) this.#end(stream, expired);
    }
  }

  #stop(): void {
    const { soonest, latest } = returnMs;
    for (const stream of this.#open) {
      this.#end(stream, stopped, Math.round(soonest + this.#options.random() * (latest - soonest)));
    }
  }

  #end(stream: EventStream, end: StreamEnd, retryMs?: number): void {
    stream.end(end, retryMs);
    // Its connection may close only later; nothing more is for it.
    this.#channels.get(toChannelKey(stream.filter))?.streams.delete(stream);
  }
}

const expired: StreamEnd = { reason: 'token-expired', detail: 'The token that the stream was opened with has ended.' };
const stopped: StreamEnd = { reason: 'shutdown', detail: 'The service is stopping.' };

/**
 * The end of the connection is the end of the stream: the text goes out as it is, and is not cut into chunks for each
 * reader anew. It is neither cached nor buffered on the way.
 */
function setStreamHeaders(response: ServiceResponse): void {
  response.shouldKeepAlive = false;
  response.useChunkedEncodingByDefault = false;
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Accel-Buffering', 'no');
}

function toChannelKey({ types, orderId }: EventFilter): string {
  return `${orderId ?? ''} ${types?.join() ?? ''}`;
}

/** Who it is, for the log. */
function describeReader({ response: { req } }: EventStream) {
  return { req: { id: req.id, remoteAddress: req.caller.address }, user: req.principal?.id };
}
