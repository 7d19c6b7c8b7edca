// Decides when pg-boss looks for jobs of dead nodes: when a heartbeat has expired, instead of every few seconds.

import type { PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import type { Store } from '../../../database/store.ts';
import type { FencedRun } from '../../../domain/run-commands.ts';
import { processDeadLetters } from './dead-letters.ts';
import { enqueueExpiredRuns, type FirstLeaseOptions } from './expired-leases.ts';
import { type JobTimes, selectJobTimes } from './job-queries.ts';

/** How often pg-boss deletes old jobs, at least. */
const maintenanceMs = 3_600_000;

type DeadLetterListener = (run: FencedRun) => Promise<unknown>;

type SupervisionOptions = FirstLeaseOptions & { boss: PgBoss; store: Store; log: Logger };

/** Times are in milliseconds since the epoch. */
export class Supervision {
  readonly #options: SupervisionOptions;
  #maintenanceAtMs = Number.NEGATIVE_INFINITY;
  #listener: DeadLetterListener | undefined;

  constructor(options: SupervisionOptions) {
    this.#options = options;
  }

  /**
   * Returns when the next job becomes due, or the next heartbeat expires. If one has expired, the jobs of dead nodes
   * are made due again first, or given up; runs without a job whose lease has expired are enqueued. pg-boss
   * skips supervision that another node began within the same second.
   */
  async superviseUntilNextDue(): Promise<number> {
    const { boss, store, now } = this.#options;
    const times = await selectJobTimes(store);
    const needsSupervision = this.#needsSupervision(times);
    const hasExpiredLease = this.#findLeaseEndMs(times) < now();
    if (!needsSupervision && !hasExpiredLease) return this.#toNextDueAtMs(times);
    if (hasExpiredLease) await enqueueExpiredRuns(this.#options);
    if (needsSupervision) {
      await boss.supervise();
      this.#maintenanceAtMs = now() + maintenanceMs;
      await this.#processDeadLetters();
    }
    return this.#toNextDueAtMs(await selectJobTimes(store));
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

  #needsSupervision({ expiresInMs }: JobTimes): boolean {
    return (expiresInMs !== null && expiresInMs < 0) || this.#options.now() >= this.#maintenanceAtMs;
  }

  #toNextDueAtMs(times: JobTimes): number {
    const { startsInMs, expiresInMs } = times;
    const untilNextMs = Math.min(startsInMs ?? Number.POSITIVE_INFINITY, expiresInMs ?? Number.POSITIVE_INFINITY);
    return Math.min(this.#maintenanceAtMs, this.#options.now() + untilNextMs, this.#findLeaseEndMs(times));
  }

  /** Returns when the first lease of a run without a job expires. */
  #findLeaseEndMs({ firstBegunAt }: JobTimes): number {
    return firstBegunAt === null ? Number.POSITIVE_INFINITY : Date.parse(firstBegunAt) + this.#options.leaseMs;
  }

  async #processDeadLetters(): Promise<void> {
    if (this.#listener) await processDeadLetters(this.#options.boss, this.#options.store, this.#listener);
  }
}
