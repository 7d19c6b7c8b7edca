// Shares rate-limit counts between nodes through the database, in the background. Requests are decided on the counts in
// memory. While the database is unreachable, each node applies its own limits. Without requests, nothing is sent.

import { hash } from 'node:crypto';
import type { Logger } from 'pino';
import type { CallerCount, CallerCounts } from '../../database/caller-counts.ts';
import { createLogThrottle } from '../../shared/log-throttle.ts';
import { type PendingCount, SyncedCounter } from './synced-counter.ts';
import { windowMs } from './window-counter.ts';

type RateLimitSyncOptions = {
  counts: CallerCounts;
  log: Logger;
  /** The time from the first count that is not shared to the next sync, in milliseconds. */
  rateLimitSyncMs: number;
  /** Milliseconds since the epoch. */
  now(): number;
};

/** The most callers that one sync sends for each limit. It bounds the rows that a node can add. */
const maxKeysPerSync = 1_000;

/** A window that ends later than this was begun by a node whose clock is wrong. It is replaced. */
const maxWindowEndMs = 2 * windowMs;

type Addition = { counter: SyncedCounter; pending: PendingCount };

/** Creates counters for limits, and syncs them until it is disposed of. */
export class RateLimitSync implements Disposable {
  readonly #options: RateLimitSyncOptions;
  readonly #counters = new Map<string, SyncedCounter>();
  readonly #shouldLog: () => boolean;
  /** Undefined if nothing waits for the next sync. */
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: RateLimitSyncOptions) {
    this.#options = options;
    this.#shouldLog = createLogThrottle(options.now);
  }

  /** Creates the counter of the limit with this name. */
  readonly createCounter = (limit: string): SyncedCounter => {
    const counter = new SyncedCounter(this.#schedule);
    this.#counters.set(limit, counter);
    return counter;
  };

  [Symbol.dispose](): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  readonly #schedule = (): void => {
    if (this.#isStopped) return;
    this.#timer ??= setTimeout(() => void this.#sync(), this.#options.rateLimitSyncMs);
  };

  async #sync(): Promise<void> {
    try {
      await this.#addPending(this.#takePending());
      if (!this.#isStopped) await this.#purge();
    } catch (error) {
      if (!this.#isStopped && this.#shouldLog()) {
        this.#options.log.warn({ err: error }, 'rate-limit sync failed; using per-node limits');
      }
    }
    this.#timer = undefined;
    if ([...this.#counters.values()].some(({ hasPending }) => hasPending)) this.#schedule();
  }

  /** Returns the pending counts by database key: a hash, because callers are private and their names may be long. */
  #takePending(): Map<string, Addition> {
    const additions = new Map<string, Addition>();
    for (const [limit, counter] of this.#counters) {
      for (const pending of counter.takePending(this.#options.now(), maxKeysPerSync)) {
        additions.set(hash('sha256', `${limit} ${pending.key}`, 'hex').slice(0, 32), { counter, pending });
      }
    }
    return additions;
  }

  async #addPending(additions: ReadonlyMap<string, Addition>): Promise<void> {
    if (additions.size === 0) return;
    for (const { key, ...window } of await this.#addToDatabase(additions)) {
      const { counter, pending } = additions.get(key) ?? {};
      if (counter && pending) counter.merge(pending.key, window, this.#options.now());
    }
  }

  /** If the outcome is unknown, the counts are sent again. They may then count twice until their window ends. */
  async #addToDatabase(additions: ReadonlyMap<string, Addition>): Promise<CallerCount[]> {
    const { counts, now } = this.#options;
    const added = Array.from(additions, ([key, { pending }]) => ({ ...pending, key }));
    try {
      return await counts.add(added, { afterMs: now(), untilMs: now() + maxWindowEndMs });
    } catch (error) {
      for (const { counter, pending } of additions.values()) counter.restorePending(pending, now());
      throw error;
    }
  }

  /** Deletes windows a minute late, so that nodes whose clocks differ do not delete each other's windows. */
  #purge(): Promise<void> {
    const nowMs = this.#options.now();
    return this.#options.counts.purge({ afterMs: nowMs - windowMs, untilMs: nowMs + maxWindowEndMs });
  }
}
