// Decides when pg-boss looks for jobs of dead nodes: when a heartbeat has expired, instead of every few seconds.

import type { PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import type { Store } from '../../../database/store.ts';
import type { FencedRun } from '../../../domain/run-commands.ts';
import { processDeadLetters } from './dead-letters.ts';
import { type JobTimes, selectJobTimes } from './job-queries.ts';

/** How often pg-boss deletes old jobs, at least. */
const maintenanceMs = 3_600_000;

type DeadLetterListener = (run: FencedRun) => Promise<unknown>;

type SupervisionOptions = {
  boss: PgBoss;
  store: Store;
  log: Logger;
  /** Milliseconds since the epoch. */
  now(): number;
};

/** Times are in milliseconds since the epoch. */
export class Supervision {
  readonly #options: SupervisionOptions;
  #nextMaintenanceAtMs = Number.NEGATIVE_INFINITY;
  #listener: DeadLetterListener | undefined;

  constructor(options: SupervisionOptions) {
    this.#options = options;
  }

  /**
   * Returns when the next job becomes due, or the next heartbeat expires. If one has expired, the jobs of dead nodes
   * are made due again first, or given up. pg-boss skips supervision that another node began within the same second. A
   * failure is logged, and repeated soon.
   */
  async superviseUntilNextDue(): Promise<number> {
    const { store } = this.#options;
    const times = await selectJobTimes(store);
    if (!this.#needsSupervision(times)) return this.#toNextDueAtMs(times);
    await this.#supervise();
    return this.#toNextDueAtMs(await selectJobTimes(store));
  }

  /** Calls the listener for the runs of dead letters, until the result is disposed of. */
  async subscribe(listener: DeadLetterListener): Promise<AsyncDisposable> {
    this.#listener = listener;
    await this.#supervise();
    return {
      [Symbol.asyncDispose]: async () => {
        this.#listener = undefined;
      },
    };
  }

  async #supervise(): Promise<void> {
    const { boss, store, log, now } = this.#options;
    this.#nextMaintenanceAtMs = Number.NEGATIVE_INFINITY;
    try {
      await boss.supervise();
      if (this.#listener) await processDeadLetters(boss, store, this.#listener);
      this.#nextMaintenanceAtMs = now() + maintenanceMs;
    } catch (error) {
      log.warn({ err: error }, 'supervision of validation jobs failed; it is repeated');
    }
  }

  #needsSupervision({ expiresInMs }: JobTimes): boolean {
    return (expiresInMs !== null && expiresInMs < 0) || this.#options.now() >= this.#nextMaintenanceAtMs;
  }

  #toNextDueAtMs({ startsInMs, expiresInMs }: JobTimes): number {
    const untilNextMs = Math.min(startsInMs ?? Number.POSITIVE_INFINITY, expiresInMs ?? Number.POSITIVE_INFINITY);
    return Math.min(this.#nextMaintenanceAtMs, this.#options.now() + untilNextMs);
  }
}
