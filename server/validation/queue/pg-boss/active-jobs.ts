// The jobs that this node has fetched from pg-boss. Heartbeats keep a job active until the runner releases it, another
// node has fetched it, or heartbeats have failed for so long that another node may fetch it.

import type { PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import type { Store } from '../../../database/store.ts';
import { startPeriodicTask } from '../../../shared/periodic-task.ts';
import type { DueRun } from '../job-queue.ts';
import { type JobData, validationQueue } from './job-names.ts';
import { selectActiveJobIds } from './job-queries.ts';

/** A job as it was fetched. The retry count rises each time that the job is fetched again. */
export type FetchedJob = { id: string; retryCount: number; data: JobData };

/** References that match a job only while it has not been fetched again. */
export function toJobReferences(jobs: readonly FetchedJob[]): { id: string; retryCount: number }[] {
  return jobs.map(({ id, retryCount }) => ({ id, retryCount }));
}

/** `heartbeatAt`: time of the last heartbeat, in milliseconds of the monotonic clock. */
type ActiveJob = { job: FetchedJob; run: DueRun; heartbeatAt: number };

/** Sends at least two heartbeats in the 10 s after which pg-boss considers a node dead. */
const heartbeatIntervalMs = 3_000;

/** A job fetched or kept alive within this time needs no heartbeat yet. Most validations end sooner. */
const minHeartbeatAgeMs = 1_500;

/** After this time without a heartbeat, a run is not claimed any more, because another node may fetch its job soon. */
const maxHeartbeatAgeMs = 8_000;

/** Sends heartbeats while it has jobs, until it is disposed of. */
export class ActiveJobs implements Disposable {
  readonly #boss: PgBoss;
  readonly #store: Store;
  readonly #log: Logger;
  readonly #jobs = new Map<number, ActiveJob>();
  #heartbeats: Disposable | undefined;

  constructor(boss: PgBoss, store: Store, log: Logger) {
    this.#boss = boss;
    this.#store = store;
    this.#log = log;
  }

  get size(): number {
    return this.#jobs.size;
  }

  /** The runs that no other node can have fetched, including those that are being evaluated. */
  get runs(): DueRun[] {
    const now = performance.now();
    return [...this.#jobs.values()]
      .filter(({ heartbeatAt }) => now - heartbeatAt < maxHeartbeatAgeMs)
      .map(({ run }) => run);
  }

  get jobs(): FetchedJob[] {
    return [...this.#jobs.values()].map(({ job }) => job);
  }

  /** @param fetchedAt when the fetch began, in milliseconds of the monotonic clock */
  add(job: FetchedJob, run: DueRun, fetchedAt: number): void {
    this.#jobs.set(run.runId, { job, run, heartbeatAt: fetchedAt });
    this.#heartbeats ??= startPeriodicTask(() => this.#sendHeartbeats(), {
      log: this.#log,
      intervalMs: heartbeatIntervalMs,
      failure: 'job heartbeat failed',
    });
  }

  /**
   * Stops the heartbeats of a run, unless a newer job of the same run has been fetched since. If the run has not ended,
   * for example because another node has claimed it, pg-boss hands the job out again after its heartbeat timeout.
   */
  release(run: DueRun): void {
    if (this.#jobs.get(run.runId)?.run === run) this.#jobs.delete(run.runId);
  }

  /** Stops all heartbeats. */
  [Symbol.dispose](): void {
    this.#heartbeats?.[Symbol.dispose]();
    this.#heartbeats = undefined;
  }

  /** Releases jobs that have been deleted, or fetched by another node. */
  async #sendHeartbeats(): Promise<void> {
    if (this.#jobs.size === 0) this[Symbol.dispose]();
    const now = performance.now();
    const dueJobs = [...this.#jobs.values()].filter(({ heartbeatAt }) => now - heartbeatAt > minHeartbeatAgeMs);
    if (dueJobs.length === 0) return;
    const references = toJobReferences(dueJobs.map(({ job }) => job));
    await this.#boss.touch(validationQueue, references);
    const activeIds = await selectActiveJobIds(this.#store, references);
    for (const activeJob of dueJobs) {
      if (activeIds.has(activeJob.job.id)) activeJob.heartbeatAt = now;
      else this.release(activeJob.run);
    }
  }
}
