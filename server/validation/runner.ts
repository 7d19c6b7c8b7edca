// The runner executes the attempts of runs: those that began with their commit, and due runs, of which it claims as
// many as the threads can soon evaluate. It renews their leases meanwhile, and commits the results. Notifications only
// wake it early; polling finds every due run.

import type { Logger } from 'pino';
import type { Execute } from '../domain/commands.ts';
import { isUnavailable } from '../domain/problem.ts';
import type { RunResult } from '../domain/run.ts';
import type { ClaimedRun } from '../domain/run-commands.ts';
import { computePollDelayMs, WorkLoop } from '../shared/work-loop.ts';
import { computeRetryDelayMs } from './backoff.ts';
import { startLeaseRenewal } from './lease-renewal.ts';
import type { DueRun, JobQueue } from './queue/job-queue.ts';
import type { RuleWorkerPool } from './rule-worker-pool.ts';
import { RunningAttempts } from './running-attempts.ts';

/** Durations are in milliseconds. */
export type RunnerOptions = {
  execute: Execute;
  queue: JobQueue;
  ruleWorkers: RuleWorkerPool;
  policyVersion: string;
  log: Logger;
  /** How long a claim is valid without a renewal. */
  leaseMs: number;
  /** Longest time between two polls of the queue. */
  pollMs: number;
  /** Milliseconds since the epoch. */
  now(): number;
  /** A number from 0 up to but not including 1. */
  random(): number;
};

/** Maximum of open claims, unless there are more threads. The writes of clients wait behind the commits of claims. */
const maxClaims = 128;

/** Executes the validation runs of one node. */
export class Runner implements AsyncDisposable {
  readonly #options: RunnerOptions;
  readonly #running = new RunningAttempts(() => this.wake());
  readonly #loop = new WorkLoop(() => this.#startDueRuns());
  #isHealthy = true;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Whether the latest poll of the queue succeeded. */
  get isHealthy(): boolean {
    return this.#isHealthy;
  }

  /**
   * Requeues the runs that an ended process had claimed, and starts to poll the queue. While the database takes no
   * writes, these runs become due when their leases expire.
   */
  async start(): Promise<void> {
    const { execute, queue, log } = this.#options;
    const abandoned = await queue.findAbandoned();
    try {
      await Promise.all(abandoned.map((run) => execute({ type: 'run.release', ...run, countsAsAttempt: true })));
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      log.warn({ err: error }, 'runs of an ended process could not be requeued; waiting for their leases to expire');
    }
    this.#loop.start();
  }

  /** Polls the queue now, or after the poll in progress. */
  wake(): void {
    this.#loop.wake();
  }

  /** The number of attempts that may begin now. Each thread has one batch in evaluation and one that waits. */
  get freeCapacity(): number {
    const { ruleWorkers } = this.#options;
    const limit = Math.max(ruleWorkers.threads, Math.min(maxClaims, 2 * ruleWorkers.capacity));
    return this.#loop.stop.aborted ? 0 : Math.max(0, limit - this.#running.size);
  }

  /** Evaluates runs whose first attempt has begun on this node with a commit. */
  begin(claims: readonly ClaimedRun[]): void {
    for (const claim of claims) {
      const { id: runId } = claim.run;
      this.#running.add({ runId, canClaimEarly: true, isFetched: false }, async (cancellation) => {
        if (this.#loop.stop.aborted) cancellation.abort();
        await this.#logFailure(runId, this.#evaluateAndSettle(claim, cancellation));
      });
    }
  }

  /** Abandons the evaluation of a run that was ended by a command, if this node evaluates it. */
  cancel(runId: number): void {
    this.#running.cancel(runId);
  }

  /** Stops claiming, cancels running attempts, and waits until their runs are released. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
    await this.#running.cancelAll();
  }

  /** Starts due runs up to the limit. Returns the time until the next poll, in milliseconds. */
  async #startDueRuns(): Promise<number> {
    const { queue, log, now, pollMs } = this.#options;
    try {
      const free = this.freeCapacity;
      const due = free === 0 ? [] : await queue.findDue(free + this.#running.count('isFetched', true));
      for (const run of this.#selectRuns(due, free)) this.#start(run);
      const nextDueAtMs = await queue.findNextDueAtMs();
      this.#isHealthy = true;
      return computePollDelayMs(nextDueAtMs, now(), pollMs);
    } catch (error) {
      this.#isHealthy = false;
      log.error({ err: error }, 'job queue poll failed');
      return pollMs;
    }
  }

  /**
   * Runs that cannot be claimed early are limited to the number of threads. A run that was attempted before may be the
   * one that ends the process, and then every run that is claimed with it loses an attempt.
   */
  #selectRuns(due: DueRun[], free: number): DueRun[] {
    const notRunning = due.filter(({ runId }) => !this.#running.has(runId));
    const freeThreads = Math.max(0, this.#options.ruleWorkers.threads - this.#running.count('canClaimEarly', false));
    const early = notRunning.filter(({ canClaimEarly }) => canClaimEarly);
    const late = notRunning.filter(({ canClaimEarly }) => !canClaimEarly).slice(0, freeThreads);
    return [...late, ...early].slice(0, free);
  }

  #start(run: DueRun): void {
    this.#running.add({ ...run, isFetched: true }, async (cancellation) => {
      await this.#logFailure(run.runId, this.#attempt(run, cancellation));
      this.#options.queue.release(run);
    });
  }

  /** Waits for an attempt. After a failure, pauses so that the attempt is not repeated at once. */
  async #logFailure(runId: number, attempt: Promise<void>): Promise<void> {
    const { log, pollMs } = this.#options;
    try {
      await attempt;
    } catch (error) {
      log[isUnavailable(error) ? 'warn' : 'error']({ err: error, runId }, 'validation attempt could not be committed');
      await this.#loop.sleep(pollMs);
    }
  }

  async #attempt({ runId, fence }: DueRun, cancellation: AbortController): Promise<void> {
    const { execute, policyVersion, leaseMs } = this.#options;
    const claim = await execute({ type: 'run.claim', runId, fence, leaseMs, policyVersion });
    if (claim) await this.#evaluateAndSettle(claim, cancellation);
  }

  /** Evaluates a claimed run and commits the result. */
  async #evaluateAndSettle(claim: ClaimedRun, cancellation: AbortController): Promise<void> {
    const { id: runId, fence } = claim.run;
    const result = await this.#evaluateUnderLease(claim, cancellation);
    if (result) await this.#settle(claim, result);
    else await this.#options.execute({ type: 'run.release', runId, fence, countsAsAttempt: false });
  }

  /** Evaluates a claimed order while its lease is renewed. Cancels when the claim is lost. */
  async #evaluateUnderLease({ run, order }: ClaimedRun, cancellation: AbortController): Promise<RunResult | undefined> {
    using _renewal = startLeaseRenewal(this.#options, run, () => cancellation.abort());
    return await this.#options.ruleWorkers.evaluate(order, cancellation.signal);
  }

  /** Commits a result. Retries while the database is unavailable, since the evaluation would have to be repeated. */
  async #settle({ run: { id: runId, fence, attempt } }: ClaimedRun, result: RunResult): Promise<void> {
    const { execute, log, pollMs, random } = this.#options;
    const retryDelayMs = computeRetryDelayMs(attempt, random);
    for (;;) {
      try {
        await execute({ type: 'run.settle', runId, fence, result, retryDelayMs });
        return;
      } catch (error) {
        if (!isUnavailable(error) || this.#loop.stop.aborted) throw error;
        log.warn({ err: error, runId }, 'run result could not be committed; retrying');
        await this.#loop.sleep(pollMs);
      }
    }
  }
}
