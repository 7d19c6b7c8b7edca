// The tail of the event log: reads every event once after its commit, and delivers it to all subscribers in order.
// Notifications of commits only make it read earlier; it also polls. Without subscribers, it reads nothing.

import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { SerializedEvent } from '../database/mapping/event.ts';
import { findEvents, findHead } from '../database/queries/events.ts';
import type { Store } from '../database/store.ts';

/** Receives new events in order, at least one per call. Must not throw. */
export type TailSubscriber = (events: readonly SerializedEvent[]) => void;

type TailOptions = {
  store: Store;
  log: Logger;
  /** Longest time between two reads, in milliseconds. */
  pollMs: number;
  /** The pause after a failed read, in milliseconds. */
  retryMs: number;
};

/** How many recent events are kept for `findRecentAfter`, at least if they are short; at most twice as many. */
const minRecentEvents = 250;
/** The characters of the recent events that are kept; at most twice as many before older events are dropped. */
const maxRecentLength = 1_048_576;
const pageSize = 500;
/**
 * After a delivery, the tail pauses for twice the duration of the delivery, up to 50 ms, so that the events committed
 * meanwhile are delivered together. With few subscribers, the pause is negligible.
 */
const maxPauseMs = 50;
const pauseRatio = 2;

/** Reads the log for all subscribers in this process. */
export class Tail implements Disposable {
  readonly #options: TailOptions;
  readonly #subscribers = new Set<TailSubscriber>();
  #recentEvents: SerializedEvent[] = [];
  /** The characters of the recent events together. */
  #recentLength = 0;
  /** Position of the last event that was read. Undefined without subscribers, and until the first read. */
  #position: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isPolling = false;
  /** End of the pause after a delivery, in milliseconds of the monotonic clock. */
  #pausedUntil = 0;
  /** Whether `notify` was called since the last read began. */
  #isNotified = false;

  constructor(options: TailOptions) {
    this.#options = options;
  }

  /** Delivers all events from the next read on, until the result is disposed of. */
  subscribe(subscriber: TailSubscriber): Disposable {
    this.#subscribers.add(subscriber);
    if (this.#subscribers.size === 1) this.#schedulePoll(0);
    return {
      [Symbol.dispose]: () => {
        this.#subscribers.delete(subscriber);
        if (this.#subscribers.size === 0) this.#reset();
      },
    };
  }

  /** Schedules a read, because events may have been committed. Has no cost without subscribers. */
  notify(): void {
    if (this.#subscribers.size === 0 || this.#isNotified) return;
    this.#isNotified = true;
    if (!this.#isPolling) this.#schedulePoll(this.#pausedUntil - performance.now());
  }

  /**
   * Returns the delivered events after a position, or undefined if not all of them are kept. A reader that continues
   * with the next delivery misses no event; it must skip delivered events up to its own position.
   */
  findRecentAfter(position: number): readonly SerializedEvent[] | undefined {
    if (this.#position === undefined) return undefined;
    if (position >= this.#position) return [];
    const index = this.#recentEvents.findIndex((event) => event.position > position);
    // At index 0, events between the position and the oldest kept event may have been dropped.
    return index > 0 ? this.#recentEvents.slice(index) : undefined;
  }

  [Symbol.dispose](): void {
    this.#subscribers.clear();
    this.#reset();
  }

  async #poll(): Promise<void> {
    const { log, pollMs, retryMs } = this.#options;
    this.#isPolling = true;
    this.#isNotified = false;
    let pauseMs = pollMs;
    try {
      await this.#readNewEvents();
    } catch (error) {
      pauseMs = Math.min(pollMs, retryMs);
      log.error({ err: error }, 'event log read failed; retrying');
    }
    this.#isPolling = false;
    if (this.#subscribers.size === 0) return;
    this.#schedulePoll(this.#isNotified ? this.#pausedUntil - performance.now() : pauseMs);
  }

  /** Reads and delivers all new events. The first read only determines the position of the log. */
  async #readNewEvents(): Promise<void> {
    const { store } = this.#options;
    while (this.#subscribers.size > 0) {
      const after = this.#position;
      if (after === undefined) {
        const head = await findHead(store);
        this.#position ??= head;
        return;
      }
      const { events, isEnd } = await findEvents(store, undefined, {
        after,
        upTo: Number.MAX_SAFE_INTEGER,
        limit: pageSize,
      });
      if (this.#position === after) this.#deliver(events);
      if (isEnd) return;
      await yieldToEventLoop();
    }
  }

  #deliver(events: readonly SerializedEvent[]): void {
    const last = events.at(-1);
    if (!last) return;
    this.#position = last.position;
    this.#keepRecent(events);
    const startedAt = performance.now();
    for (const deliverTo of this.#subscribers) deliverTo(events);
    const endedAt = performance.now();
    this.#pausedUntil = endedAt + Math.min(maxPauseMs, pauseRatio * (endedAt - startedAt));
  }

  #keepRecent(events: readonly SerializedEvent[]): void {
    this.#recentEvents.push(...events);
    this.#recentLength += countCharacters(events);
    if (this.#recentEvents.length <= 2 * minRecentEvents && this.#recentLength <= 2 * maxRecentLength) return;
    let start = this.#recentEvents.length;
    let length = 0;
    while (start > 0 && this.#recentEvents.length - start < minRecentEvents) {
      length += this.#recentEvents[start - 1]?.json.text.length ?? 0;
      if (length > maxRecentLength) break;
      start -= 1;
    }
    this.#recentEvents = this.#recentEvents.slice(start);
    this.#recentLength = countCharacters(this.#recentEvents);
  }

  #schedulePoll(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#poll(), Math.max(0, delayMs)).unref();
  }

  #reset(): void {
    clearTimeout(this.#timer);
    this.#position = undefined;
    this.#recentEvents = [];
    this.#recentLength = 0;
    this.#isNotified = false;
  }
}

function countCharacters(events: readonly SerializedEvent[]): number {
  return events.reduce((sum, { json }) => sum + json.text.length, 0);
}
