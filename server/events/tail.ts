// The end of the log, as it grows: every event is read once, after its commit, and told to all who follow, in order. A
// commit is a hint to look, the database is the truth. While nobody follows, it does nothing.

import { setImmediate as turn } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { SerializedEvent } from '../database/mapping/event.ts';
import { findEvents, findHead } from '../database/queries/events.ts';
import type { Store } from '../database/store.ts';

/** What has come at once, in order; never empty. It must not throw. */
export type TailSubscriber = (events: readonly SerializedEvent[]) => void;

type TailOptions = {
  store: Store;
  log: Logger;
  /** The longest time between two looks, in milliseconds. */
  pollMs: number;
};

/** How many of the latest events are remembered for those who join. */
const maxRemembered = 250;
const pageSize = 500;
/**
 * After it has told all followers, the tail rests for twice as long as that took, in milliseconds at the most: what
 * comes meanwhile is told together. With few followers that is nothing.
 */
const maxRestMs = 50;
const restRatio = 2;

export class Tail implements Disposable {
  readonly #options: TailOptions;
  readonly #subscribers = new Set<TailSubscriber>();
  #latest: SerializedEvent[] = [];
  /** Undefined while nobody follows, and until the first look. */
  #position: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isPolling = false;
  #restsUntil = 0;
  /** Whether somebody has hinted at news since the last look began. */
  #isNotified = false;

  constructor(options: TailOptions) {
    this.#options = options;
  }

  /** Tells a follower of all that comes from the next look on, until what it returns is disposed of. */
  subscribe(follower: TailSubscriber): Disposable {
    this.#subscribers.add(follower);
    if (this.#subscribers.size === 1) this.#schedulePoll(0);
    return {
      [Symbol.dispose]: () => {
        this.#subscribers.delete(follower);
        if (this.#subscribers.size === 0) this.#reset();
      },
    };
  }

  /** Something may have come. Costs nothing while nobody follows. */
  notify(): void {
    if (this.#subscribers.size === 0 || this.#isNotified) return;
    this.#isNotified = true;
    if (!this.#isPolling) this.#schedulePoll(this.#restsUntil - performance.now());
  }

  /**
   * What has been told that lies after a position, where that is remembered, else undefined. Together with what
   * followers are told next, of which some may lie before the position, it leaves nothing out.
   */
  findRecentAfter(position: number): readonly SerializedEvent[] | undefined {
    if (this.#position === undefined) return undefined;
    if (position >= this.#position) return [];
    const index = this.#latest.findIndex((event) => event.position > position);
    // What was forgotten lies before the first that is remembered: that one has to be known already.
    return index > 0 ? this.#latest.slice(index) : undefined;
  }

  [Symbol.dispose](): void {
    this.#subscribers.clear();
    this.#reset();
  }

  async #poll(): Promise<void> {
    this.#isPolling = true;
    this.#isNotified = false;
    try {
      await this.#catchUp();
    } catch (error) {
      this.#options.log.error({ err: error }, 'the log cannot be read; trying again');
    }
    this.#isPolling = false;
    if (this.#subscribers.size === 0) return;
    this.#schedulePoll(this.#isNotified ? this.#restsUntil - performance.now() : this.#options.pollMs);
  }

  /** Reads and tells all that is new; at the first look it only finds out where it stands. */
  async #catchUp(): Promise<void> {
    const { store } = this.#options;
    while (this.#subscribers.size > 0) {
      const after = this.#position;
      if (after === undefined) {
        const head = await findHead(store);
        this.#position ??= head;
        return;
      }
      const events = await findEvents(store, {}, { after, upTo: Number.MAX_SAFE_INTEGER, limit: pageSize });
      if (this.#position === after) this.#publish(events);
      if (events.length < pageSize) return;
      await turn();
    }
  }

  #publish(events: readonly SerializedEvent[]): void {
    const last = events.at(-1);
    if (!last) return;
    this.#position = last.position;
    this.#latest.push(...events);
    if (this.#latest.length > 2 * maxRemembered) this.#latest = this.#latest.slice(-maxRemembered);
    const begun = performance.now();
    for (const follower of this.#subscribers) follower(events);
    const ended = performance.now();
    this.#restsUntil = ended + Math.min(maxRestMs, restRatio * (ended - begun));
  }

  #schedulePoll(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#poll(), Math.max(0, delayMs)).unref();
  }

  #reset(): void {
    clearTimeout(this.#timer);
    this.#position = undefined;
    this.#latest = [];
    this.#isNotified = false;
  }
}
