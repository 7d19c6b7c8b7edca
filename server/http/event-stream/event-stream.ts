// One open event stream. It reads stored events in pages, at the speed of its reader (backfill), switches to the tail
// of the log once it has caught up (cutover), and then writes every event that the tail publishes (live).

import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { StreamEnd } from '../../../contract/schemas/stream.ts';
import type { SerializedEvent } from '../../database/mapping/event.ts';
import { type EventFilter, matchesFilter } from '../../database/queries/event-filter.ts';
import { findEvents, findHead } from '../../database/queries/events.ts';
import type { Store } from '../../database/store.ts';
import type { Tail } from '../../events/tail.ts';
import { TurnQueue } from '../../shared/turn-queue.ts';
import type { ServiceResponse } from '../request/request.ts';
import { endFrame, heartbeat, renderOpeningFrame, toFrames } from './frames.ts';

type Source = {
  store: Store;
  tail: Tail;
  /** The delay after which a client reconnects, in milliseconds. */
  streamRetryMs: number;
};

/** The most events and bytes in a page of the backfill. Every stream that is not read holds one page. */
const pageSize = 100;
const maxPageBytes = 131_072;
/** The most bytes that are written at the cutover without waiting for the reader. */
const maxCutoverBytes = 262_144;
/** Backfills take turns: each reads, encodes and writes one page in a turn of the event loop. */
const pages = new TurnQueue();

/** The end of a stream whose reader, or whose caller on all of its connections, has too many unread bytes. */
export const slowReader: StreamEnd = { reason: 'slow-reader', detail: 'Too many bytes were waiting to be read.' };

/** One response that streams events, from `start` until `end` or until the client disconnects. */
export class EventStream {
  readonly filter: EventFilter;
  readonly response: ServiceResponse;
  readonly #source: Source;
  #isEnded = false;
  /** All matching events up to this position are written. While live: the position of the cutover. */
  #position: number;

  constructor(source: Source, response: ServiceResponse, filter: EventFilter, position: number) {
    this.#source = source;
    this.response = response;
    this.filter = filter;
    this.#position = position;
    // For the request log. `end` replaces it.
    response.ending = 'closed by client';
  }

  get isOpen(): boolean {
    return !this.#isEnded && !this.response.destroyed;
  }

  /**
   * Writes stored events until the stream is closed or has caught up with the tail.
   * @param join called synchronously at the cutover; from then on `publish` must be called with every matching event
   */
  async start(join: () => void): Promise<void> {
    this.response.write(renderOpeningFrame(this.#position, this.#source.streamRetryMs));
    while (this.isOpen) {
      await this.#backfill(await findHead(this.#source.store));
      if (this.isOpen && this.#cutOver()) return join();
      await pages.next();
    }
  }

  /**
   * Writes new events.
   * @param events events that match the filter
   * @param bytes the same events, encoded
   */
  publish(events: readonly SerializedEvent[], bytes: Buffer): void {
    const [first] = events;
    // The backfill may have read further than the tail: then the first events are written already.
    if (first && first.position <= this.#position) this.#write(toFrames(this.#selectNew(events)));
    else this.#write(bytes);
  }

  /** Writes a heartbeat, unless data is still waiting to be sent. */
  sendHeartbeat(): void {
    if (this.isOpen && this.response.writableLength === 0) this.response.write(heartbeat);
  }

  /**
   * Writes the reason as the last message and closes the connection.
   * @param retryMs the delay after which the client reconnects, if not the usual one
   */
  end(end: StreamEnd, retryMs?: number): void {
    if (!this.isOpen) return;
    this.#isEnded = true;
    this.response.ending = `ended: ${end.reason}`;
    this.response.end(endFrame(end, retryMs));
  }

  async #backfill(upTo: number): Promise<void> {
    while (this.#position < upTo && this.isOpen) {
      const endTurn = await this.response.account?.waitForTurn(this.response);
      const span = { after: this.#position, upTo, limit: pageSize };
      const { events, isEnd } = await findEvents(this.#source.store, this.filter, span, maxPageBytes);
      this.#position = isEnd ? upTo : (events.at(-1)?.position ?? upTo);
      const drained = events.length > 0 && this.isOpen ? this.#writePage(toFrames(events)) : undefined;
      endTurn?.();
      await drained;
    }
  }

  /**
   * Writes the events that the tail has published since the backfill. Returns false if the tail no longer has all of
   * them, or if they are too large to be written without waiting for the reader. Must stay synchronous: an `await`
   * between reading the tail and joining it would lose events.
   */
  #cutOver(): boolean {
    const missed = this.#source.tail.findRecentAfter(this.#position);
    if (!missed) return false;
    const frames = toFrames(this.#selectNew(missed));
    if (frames.length > maxCutoverBytes) return false;
    this.#position = missed.at(-1)?.position ?? this.#position;
    this.#write(frames);
    return true;
  }

  #selectNew(events: readonly SerializedEvent[]): SerializedEvent[] {
    return events.filter((event) => event.position > this.#position && matchesFilter(this.filter, event));
  }

  #write(bytes: Buffer): void {
    if (this.isOpen && bytes.length > 0) this.response.write(bytes);
  }

  /** Writes, waits until the buffer of the response has drained and the caller is within its limits, and yields. */
  async #writePage(bytes: Buffer): Promise<void> {
    const { response } = this;
    const { account } = response;
    if (account?.hasRoom(response, bytes.length) === false) {
      account.logCaller(response);
      return this.end(slowReader);
    }
    const waitMs = account?.charge(response, bytes.length) ?? 0;
    if (!response.write(bytes)) {
      account?.record(response, response.writableLength);
      await this.#waitWhileOpen((signal) => once(response, 'drain', { signal }));
    }
    if (waitMs > 0) await this.#waitWhileOpen((signal) => pause(waitMs, undefined, { signal, ref: false }));
    await pages.next();
  }

  /** Waits for a promise, or until the response is closed. */
  async #waitWhileOpen(start: (closed: AbortSignal) => Promise<unknown>): Promise<void> {
    const { response } = this;
    if (response.destroyed) return;
    const closed = new AbortController();
    const abort = () => closed.abort();
    response.once('close', abort);
    await start(closed.signal).catch(() => {});
    response.off('close', abort);
  }
}
