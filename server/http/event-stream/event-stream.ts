// One open stream of events. It begins with what is in the database, page by page, as fast as its reader takes it
// (`backfill`), joins the tail of the log where both meet (`cutover`), and from then on is told what happens (`live`).

import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import type { StreamEnd } from '../../../contract/stream.ts';
import type { SerializedEvent } from '../../database/mapping/event.ts';
import { type EventFilter, matchesFilter } from '../../database/queries/event-filter.ts';
import { findEvents, findHead } from '../../database/queries/events.ts';
import type { Store } from '../../database/store.ts';
import type { Tail } from '../../events/tail.ts';
import type { ServiceResponse } from '../request/request.ts';
import { endFrame, heartbeat, openingFrame, toFrames } from './frames.ts';

type Source = {
  store: Store;
  tail: Tail;
  /** After how long a reader comes back that has lost its connection, in milliseconds. */
  streamRetryMs: number;
};

/** How many events are read at once. */
const pageSize = 100;

export class EventStream {
  readonly filter: EventFilter;
  readonly response: ServiceResponse;
  readonly #source: Source;
  #isEnded = false;
  /** Up to which everything has been written that the filter lets through; once it is live, where it has joined. */
  #position: number;

  constructor(source: Source, response: ServiceResponse, filter: EventFilter, position: number) {
    this.#source = source;
    this.response = response;
    this.filter = filter;
    this.#position = position;
    // What is said of it in the log, where nobody ends it but its reader.
    response.ending = 'left by its reader';
  }

  get isOpen(): boolean {
    return !this.#isEnded && !this.response.destroyed;
  }

  /**
   * Writes what there is, until it is over or joins the tail.
   * @param join called in the moment from which on it has to be told what comes
   */
  async start(join: () => void): Promise<void> {
    this.response.write(openingFrame(this.#position, this.#source.streamRetryMs));
    while (this.isOpen) {
      await this.#backfill(await findHead(this.#source.store));
      if (this.isOpen && this.#cutOver()) return join();
      await turn();
    }
  }

  /**
   * Tells it of events that the filter lets through.
   * @param bytes their text
   */
  publish(events: readonly SerializedEvent[], bytes: Buffer): void {
    const [first] = events;
    // Where it has joined ahead of the tail, it has them or some of them already.
    if (first && first.position <= this.#position) this.#write(toFrames(this.#newIn(events)));
    else this.#write(bytes);
  }

  /** Shows that the connection is there. Whoever has something to read does not need that. */
  sendHeartbeat(): void {
    if (this.isOpen && this.response.writableLength === 0) this.response.write(heartbeat);
  }

  /** Says why, and closes the connection. */
  end(end: StreamEnd, retryMs?: number): void {
    if (!this.isOpen) return;
    this.#isEnded = true;
    this.response.ending = `ended: ${end.reason}`;
    this.response.end(endFrame(end, retryMs));
  }

  async #backfill(upTo: number): Promise<void> {
    while (this.#position < upTo && this.isOpen) {
      const span = { after: this.#position, upTo, limit: pageSize };
      const events = await findEvents(this.#source.store, this.filter, span);
      const last = events.length === pageSize ? events.at(-1) : undefined;
      this.#position = last?.position ?? upTo;
      if (events.length > 0 && this.isOpen) await this.#writePatiently(toFrames(events));
    }
  }

  /** Nothing may come in between, so nothing is waited for here. Not possible where the tail has gone too far ahead. */
  #cutOver(): boolean {
    const missed = this.#source.tail.findRecentAfter(this.#position);
    if (!missed) return false;
    const news = this.#newIn(missed);
    this.#position = missed.at(-1)?.position ?? this.#position;
    if (news.length > 0) this.#write(toFrames(news));
    return true;
  }

  #newIn(events: readonly SerializedEvent[]): SerializedEvent[] {
    return events.filter((event) => event.position > this.#position && matchesFilter(this.filter, event));
  }

  #write(bytes: Buffer): void {
    if (this.isOpen && bytes.length > 0) this.response.write(bytes);
  }

  /** Waits until its reader has taken most of what was written, and for others to have their turn. */
  async #writePatiently(bytes: Buffer): Promise<void> {
    const { response } = this;
    if (response.write(bytes)) return void (await turn());
    const gone = new AbortController();
    const leave = () => gone.abort();
    response.once('close', leave);
    await once(response, 'drain', { signal: gone.signal }).catch(() => {});
    response.off('close', leave);
  }
}
