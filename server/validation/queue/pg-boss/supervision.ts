// Decides when pg-boss looks for jobs of dead nodes: when a heartbeat has expired, instead of every few seconds.

import type { PgBoss } from 'pg-boss';
import type { Store } from '../../../database/store.ts';
import type { FencedRun } from '../../../domain/run-commands.ts';
import { processDeadLetters } from './dead-letters.ts';
import { type JobTimes, selectJobTimes } from './job-queries.ts';

/** How often pg-boss deletes old jobs, at least. */
const maintenanceMs = 3_600_000;

type DeadLetterListener = (run: FencedRun) => Promise<unknown>;

/** Times are in milliseconds since the epoch. */
export class Supervision {
  readonly #boss: PgBoss;
  readonly #store: Store;
  readonly #now: () => number;
  #maintenanceAtMs = Number.NEGATIVE_INFINITY;
  #listener: DeadLetterListener | undefined;

  constructor(boss: PgBoss, store: Store, now: () => number) {
    this.#boss = boss;
    this.#store = store;
    this.#now = now;
  }

  /**
   * Returns when the next job becomes due, or the next heartbeat expires. If one has expired, the jobs of dead nodes
   * are made due again first, or given up. A pass that another node has begun in the same second is not repeated.
   */
  async findNextDueAtMs(): Promise<number> {
    const times = await selectJobTimes(this.#store);
    if (!this.#needsPass(times)) return this.#toNextDueAtMs(times);
    await this.#boss.supervise();
    this.#maintenanceAtMs = this.#now() + maintenanceMs;
    await this.#processDeadLetters();
    return this.#toNextDueAtMs(await selectJobTimes(this.#store));
  }

  /** Calls the listener for the runs of dead letters, until the result is disposed of. */
  async subscribe(listener: DeadLetterListener): Promise<AsyncDisposable> {
    this.#listener = listener;
    await this.#processDeadLetters();
    return {
      [Symbol.asyncDispose]: async () => {
        this.#listener = undefined;
      },
    };
  }

  #needsPass({ expiresInMs }: JobTimes): boolean {
    return (expiresInMs !== null && expiresInMs < 0) || this.#now() >= this.#maintenanceAtMs;
  }

  #toNextDueAtMs({ startsInMs, expiresInMs }: JobTimes): number {
    const untilNextMs = Math.min(startsInMs ?? Number.POSITIVE_INFINITY, expiresInMs ?? Number.POSITIVE_INFINITY);
    return Math.min(this.#maintenanceAtMs, this.#now() + untilNextMs);
  }

  async #processDeadLetters(): Promise<void> {
    if (this.#listener) await processDeadLetters(this.#boss, this.#store, this.#listener);
  }
}
