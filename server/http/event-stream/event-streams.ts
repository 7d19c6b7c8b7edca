// All open event streams. New events are encoded once for all streams with the same filter. The service ends a stream
// if its reader is too slow, if its token expires, or if the service stops; the last message states the reason.

import type { Logger } from 'pino';
import type { StreamEnd } from '../../../contract/schemas/stream.ts';
import type { SerializedEvent } from '../../database/mapping/event.ts';
import { type EventFilter, matchesFilter } from '../../database/queries/event-filter.ts';
import type { Store } from '../../database/store.ts';
import type { Tail } from '../../events/tail.ts';
import { StreamCount } from '../caller-limits/stream-count.ts';
import type { ServiceResponse } from '../request/request.ts';
import { isUnreadable } from '../server/client-errors.ts';
import { beginClosing } from '../server/lingering-close.ts';
import { EventStream, slowReader } from './event-stream.ts';
import { toFrames } from './frames.ts';
import { setStreamHeaders } from './stream-headers.ts';

/** The dependencies and limits of event streams. */
export type EventStreamsOptions = {
  store: Store;
  tail: Tail;
  log: Logger;
  /** The interval of heartbeats, in milliseconds. */
  heartbeatMs: number;
  /** The delay after which a client reconnects, in milliseconds. */
  streamRetryMs: number;
  /** The most bytes that may be buffered for a reader. */
  maxStreamBacklogBytes: number;
  /** The most streams of one caller. */
  maxStreamsPerCaller: number;
  /** Aborts when listening stops. */
  stopping: AbortSignal;
  /** Milliseconds since the epoch. */
  now(): number;
  /** A number in [0, 1). */
  random(): number;
};

/** The interval of the check for expired tokens, in milliseconds. */
const expiryCheckMs = 1_000;
/**
 * Bounds of the random reconnection delay at a shutdown, in milliseconds, so that clients do not all return at once.
 */
const shutdownRetryMs = { min: 1_000, max: 5_000 };

/** The live streams that have the same filter. */
type Channel = { filter: EventFilter; streams: Set<EventStream> };

/** Opens streams, publishes new events to them and ends them. It reads the tail only while a stream is open. */
export class EventStreams {
  readonly #options: EventStreamsOptions;
  readonly #open = new Set<EventStream>();
  readonly #channels = new Map<string, Channel>();
  readonly #callers: StreamCount;
  #subscription: Disposable | undefined;
  #timers: NodeJS.Timeout[] = [];

  constructor(options: EventStreamsOptions) {
    this.#options = options;
    this.#callers = new StreamCount(options.maxStreamsPerCaller, options.log);
    options.stopping.addEventListener('abort', () => this.#stop(), { once: true });
  }

  /**
   * Responds with all events after a position that match the filter, until the client or the service ends the stream.
   * @throws RequestProblem `too-many-requests`: the caller has too many streams
   */
  open(response: ServiceResponse, filter: EventFilter, position: number): void {
    this.#callers.assertRoom(response.req);
    setStreamHeaders(response);
    const { socket } = response.req;
    // The error response to an unreadable request on this connection is sent only after this response has ended. A
    // reader that has closed its side of the connection has left, in all likelihood.
    if (response.req.method === 'HEAD' || isUnreadable(socket) || socket.readableEnded) return void response.end();
    // If the client has disconnected already, no `close` event follows.
    if (response.destroyed) return;
    // Pipelined requests would wait until the stream ends, so they are not served.
    beginClosing(socket);
    // Reading was paused if such requests have arrived already. Without reading, a lost connection is not noticed.
    socket.resume();
    socket.once('end', () => socket.end());
    const stream = new EventStream(this.#options, response, filter, position);
    response.once('close', () => this.#remove(stream));
    response.on('drain', () => response.account?.record(response, 0));
    this.#callers.add(response);
    this.#add(stream);
    // The service may have begun to stop after the handler checked.
    if (this.#options.stopping.aborted) this.#stop();
    else void this.#run(stream);
  }

  async #run(stream: EventStream): Promise<void> {
    try {
      await stream.start(() => this.#findChannel(stream.filter).streams.add(stream));
    } catch (error) {
      this.#options.log.error({ err: error, ...describeReader(stream) }, 'event stream failed');
      stream.response.destroy();
    }
  }

  #add(stream: EventStream): void {
    this.#open.add(stream);
    if (this.#open.size > 1) return;
    this.#subscription = this.#options.tail.subscribe((events) => this.#publish(events));
    this.#timers = [
      setInterval(() => this.#sendHeartbeats(), this.#options.heartbeatMs).unref(),
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
    this.#subscription?.[Symbol.dispose]();
    for (const timer of this.#timers) clearInterval(timer);
  }

  #findChannel(filter: EventFilter): Channel {
    const key = toChannelKey(filter);
    const channel = this.#channels.get(key) ?? { filter, streams: new Set() };
    this.#channels.set(key, channel);
    return channel;
  }

  #publish(events: readonly SerializedEvent[]): void {
    for (const { filter, streams } of this.#channels.values()) {
      const matching = events.filter((event) => matchesFilter(filter, event));
      if (matching.length === 0) continue;
      const bytes = toFrames(matching);
      for (const stream of streams) stream.publish(matching, bytes);
      this.#limitBacklog([...streams].filter(({ response }) => response.writableNeedDrain));
    }
  }

  /**
   * The streams of a channel share the bytes of an event: bytes that several streams have not sent are divided among
   * them, so that the sum is what the service holds.
   */
  #limitBacklog(waiting: readonly EventStream[]): void {
    const { log, maxStreamBacklogBytes } = this.#options;
    const ascending = waiting.toSorted((one, other) => one.response.writableLength - other.response.writableLength);
    let [share, dividedBytes] = [0, 0];
    for (const [index, stream] of ascending.entries()) {
      const { response } = stream;
      const waitingBytes = response.writableLength;
      share += (waitingBytes - dividedBytes) / (ascending.length - index);
      dividedBytes = waitingBytes;
      response.account?.record(response, Math.ceil(share));
      const hasRoom = response.account?.hasRoom(response, 0) ?? true;
      if (hasRoom && waitingBytes <= maxStreamBacklogBytes) continue;
      if (!hasRoom) response.account?.logCaller(response);
      log.warn({ ...describeReader(stream), waitingBytes }, 'event stream ended: the reader is too slow');
      this.#end(stream, slowReader);
    }
  }

  #sendHeartbeats(): void {
    for (const stream of this.#open) stream.sendHeartbeat();
  }

  #endExpired(): void {
    const nowMs = this.#options.now();
    for (const stream of this.#open) {
      const { principal } = stream.response.req;
      if (principal && principal.expiresAtMs <= nowMs) this.#end(stream, tokenExpired);
    }
  }

  #stop(): void {
    const { min, max } = shutdownRetryMs;
    for (const stream of this.#open) {
      this.#end(stream, shutdown, Math.round(min + this.#options.random() * (max - min)));
    }
  }

  #end(stream: EventStream, end: StreamEnd, retryMs?: number): void {
    stream.end(end, retryMs);
    // The connection may close later. No event may be written after the end message.
    this.#channels.get(toChannelKey(stream.filter))?.streams.delete(stream);
  }
}

const tokenExpired: StreamEnd = { reason: 'token-expired', detail: 'The token of the stream has expired.' };
const shutdown: StreamEnd = { reason: 'shutdown', detail: 'The service is stopping.' };

function toChannelKey({ types, orderId }: EventFilter): string {
  return `${orderId ?? ''} ${types?.join() ?? ''}`;
}

/** Returns the log fields that identify the client. */
function describeReader({ response: { req } }: EventStream) {
  return { req: { id: req.id, remoteAddress: req.caller.address }, user: req.principal?.id };
}
