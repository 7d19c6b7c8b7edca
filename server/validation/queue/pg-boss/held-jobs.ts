// The jobs that this node has taken from pg-boss: told again and again that they are alive, until the runner lets them
// go, somebody else has them, or this node has been silent for so long that somebody may.

import type { PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import type { Store } from '../../../database/store.ts';
import { startPeriodicTask } from '../../../shared/periodic-task.ts';
import type { DueRun } from '../job-queue.ts';
import { type JobData, validationQueue } from './job-names.ts';
import { selectActiveJobs } from './job-rows.ts';

/** A job, as often as it was taken before. */
export type TakenJob = { id: string; retryCount: number; data: JobData };

/** Jobs as they were taken: whoever has taken one since keeps it. */
export function toJobReferences(jobs: readonly TakenJob[]): { id: string; retryCount: number }[] {
  return jobs.map(({ id, retryCount }) => ({ id, retryCount }));
}

type Held = { job: TakenJob; run: DueRun; aliveAt: number };

/** Two signs of life at least in the ten seconds that pg-boss waits for one. */
const beatMs = 3_000;

/** What has just been taken, or been kept alive, need not be yet: most validations are done long before. */
const freshMs = 1_500;

/** After so long a silence a run is not begun any more: somebody else may soon have it. */
const maxSilenceMs = 8_000;

export class HeldJobs implements Disposable {
  readonly #boss: PgBoss;
  readonly #store: Store;
  readonly #held = new Map<number, Held>();
  readonly #beating: Disposable;

  constructor(boss: PgBoss, store: Store, log: Logger) {
    this.#boss = boss;
    this.#store = store;
    this.#beating = startPeriodicTask(() => this.#beat(), {
      log,
      intervalMs: beatMs,
      failure: 'cannot keep validations alive',
    });
  }

  get size(): number {
    return this.#held.size;
  }

  /** All that nobody else can have, whether they are under way or not. */
  get runs(): DueRun[] {
    const now = performance.now();
    return [...this.#held.values()].filter(({ aliveAt }) => now - aliveAt < maxSilenceMs).map(({ run }) => run);
  }

  get jobs(): TakenJob[] {
    return [...this.#held.values()].map(({ job }) => job);
  }

  /** @param takenAt when, at the latest, pg-boss took it to be alive; milliseconds of the monotonic clock */
  add(job: TakenJob, run: DueRun, takenAt: number): void {
    this.#held.set(run.runId, { job, run, aliveAt: takenAt });
  }

  /**
   * Another job of the same run may have been taken since. What is let go without an end, as when somebody else has
   * claimed the run, is given to others when its silence has been long enough.
   */
  release(run: DueRun): void {
    if (this.#held.get(run.runId)?.run === run) this.#held.delete(run.runId);
  }

  /** No sign of life is given any more. */
  [Symbol.dispose](): void {
    this.#beating[Symbol.dispose]();
  }

  /** A job that has been taken by somebody else, or is not there any more, is not among those that are still alive. */
  async #beat(): Promise<void> {
    const now = performance.now();
    const beaten = [...this.#held.values()].filter(({ aliveAt }) => now - aliveAt > freshMs);
    if (beaten.length === 0) return;
    const jobs = toJobReferences(beaten.map(({ job }) => job));
    await this.#boss.touch(validationQueue, jobs);
    const alive = await selectActiveJobs(this.#store, jobs);
    for (const held of beaten) {
      if (alive.has(held.job.id)) held.aliveAt = now;
      else this.release(held.run);
    }
  }
}
