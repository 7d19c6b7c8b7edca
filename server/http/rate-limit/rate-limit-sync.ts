// Tells, again and again, what this node has counted of callers since, and learns what all nodes have. Between two
// tellings each decides on what it knows. While the database is away, each counts by itself.

import { hash } from 'node:crypto';
import type { Logger } from 'pino';
import type { CallerCount, CallerCounts } from '../../database/caller-counts.ts';
import { createLogThrottle } from '../../shared/log-throttle.ts';
import { startPeriodicTask } from '../../shared/periodic-task.ts';
import { type PendingCount, SyncedCounter } from './synced-counter.ts';
import { windowMs } from './window-counter.ts';

type RateLimitSyncOptions = {
  counts: CallerCounts;
  log: Logger;
  /** How long from one telling to the next. */
  rateLimitSyncMs: number;
  /** Milliseconds since the epoch. */
  now(): number;
};

/** Of how many callers is told at once, for each limit: it bounds the rows that a node can add. */
const maxTold = 1_000;

/** A window that ends later was begun by a node whose clock was wrong: it is begun anew. */
const aheadMs = 2 * windowMs;

type Told = { counter: SyncedCounter; untold: PendingCount };

export class RateLimitSync implements Disposable {
  readonly #options: RateLimitSyncOptions;
  readonly #counters = new Map<string, SyncedCounter>();
  readonly #isTimeToSay: () => boolean;
  readonly #telling: Disposable;

  constructor(options: RateLimitSyncOptions) {
    this.#options = options;
    this.#isTimeToSay = createLogThrottle(options.now);
    const { log, rateLimitSyncMs: intervalMs } = options;
    this.#telling = startPeriodicTask((stop) => this.#share(stop), {
      log,
      intervalMs,
      failure: 'cannot share what is counted',
    });
  }

  /** Makes what the limit of this name is counted by. */
  readonly createCounter = (limit: string): SyncedCounter => {
    const counter = new SyncedCounter();
    this.#counters.set(limit, counter);
    return counter;
  };

  [Symbol.dispose](): void {
    this.#telling[Symbol.dispose]();
  }

  /** Where nobody is limited, there is nothing to tell. */
  async #share(stop: AbortSignal): Promise<void> {
    if (this.#counters.size === 0) return;
    try {
      await this.#tell(this.#takeUntold());
      if (!stop.aborted) await this.#forget();
    } catch (error) {
      if (stop.aborted || !this.#isTimeToSay()) return;
      this.#options.log.warn({ err: error }, 'each node counts its callers by itself for now');
    }
  }

  /** By the names under which they are told: callers themselves are nobody's business, and may be long. */
  #takeUntold(): Map<string, Told> {
    const told = new Map<string, Told>();
    for (const [limit, counter] of this.#counters) {
      for (const untold of counter.takePending(this.#options.now(), maxTold)) {
        told.set(hash('sha256', `${limit} ${untold.key}`, 'hex').slice(0, 32), { counter, untold });
      }
    }
    return told;
  }

  async #tell(told: ReadonlyMap<string, Told>): Promise<void> {
    if (told.size === 0) return;
    for (const { key, ...window } of await this.#add(told)) {
      const { counter, untold } = told.get(key) ?? {};
      if (counter && untold) counter.merge(untold.key, window, this.#options.now());
    }
  }

  /** Where it is not known whether it was added, it is told again: then it counts twice, until the minute is over. */
  async #add(told: ReadonlyMap<string, Told>): Promise<CallerCount[]> {
    const { counts, now } = this.#options;
    const added = Array.from(told, ([key, { untold }]) => ({ ...untold, key }));
    try {
      return await counts.add(added, { afterMs: now(), untilMs: now() + aheadMs });
    } catch (error) {
      for (const { counter, untold } of told.values()) counter.restorePending(untold, now());
      throw error;
    }
  }

  /** A minute late, so that nodes whose clocks differ do not delete each other's windows. */
  #forget(): Promise<void> {
    const nowMs = this.#options.now();
    return this.#options.counts.purge({ afterMs: nowMs - windowMs, untilMs: nowMs + aheadMs });
  }
}
