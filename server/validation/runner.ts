// The runner executes the attempts of runs: those that began with their commit, and due runs, of which it claims as
// many as the threads can soon evaluate. It renews their leases meanwhile, and commits the results. Without
// notifications, it polls when the next run becomes due, and at an interval.

import type { Logger } from 'pino';
import type { Execute } from '../domain/commands.ts';
import { isUnavailable } from '../domain/problem.ts';
import type { RunResult } from '../domain/run.ts';
import type { ClaimedRun } from '../domain/run-commands.ts';
import { computePollDelayMs, type PollIntervals, WorkLoop } from '../shared/work-loop.ts';
import { computeRetryDelayMs } from './backoff.ts';
import { LeaseRenewal } from './lease-renewal.ts';
import type { DueRun, JobQueue } from './queue/job-queue.ts';
import type { RuleWorkerPool } from './rule-worker-pool.ts';
import { RunAttempt } from './run-attempt.ts';
import { RunningAttempts } from './running-attempts.ts';

/** Durations are in milliseconds. */
export type RunnerOptions = PollIntervals & {
  execute: Execute;
  queue: JobQueue;
  ruleWorkers: RuleWorkerPool;
  policyVersion: string;
  log: Logger;
  /** How long a claim is valid without a renewal. */
  leaseMs: number;
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
  readonly #running = new RunningAttempts();
  readonly #loop = new WorkLoop(() => this.#startDueRuns());
  readonly #renewal: LeaseRenewal;
  /** Whether more runs may be due than were started, so that the end of an attempt is a reason to poll. */
  #hasMoreDue = false;
  /** Whether an attempt has ended since the latest poll began. */
  #hasEnded = false;
  #isHealthy = true;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#renewal = new LeaseRenewal({ ...options, attempts: this.#running });
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
    for (const claim of claims) this.#start(new RunAttempt(claim.run.id), claim);
  }

  /** Abandons the evaluation of a run that was ended by a command, if this node evaluates it. */
  cancel(runId: number): void {
    this.#running.cancel(runId);
  }

  /** Stops claiming, cancels running attempts, and waits until their runs are released. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
    await this.#running.cancelAll();
    this.#renewal[Symbol.dispose]();
  }

  /** Starts due runs up to the limit. Returns the time until the next poll, in milliseconds. */
  async #startDueRuns(): Promise<number> {
    const { queue, log, now, retryMs } = this.#options;
    this.#hasEnded = false;
    try {
      this.#hasMoreDue = await this.#startUpToLimit();
      if (this.#hasMoreDue && this.#hasEnded) this.wake();
      const nextDueAtMs = await queue.findNextDueAtMs();
      this.#isHealthy = true;
      return computePollDelayMs(nextDueAtMs, now(), this.#options);
    } catch (error) {
      this.#isHealthy = false;
      log.error({ err: error }, 'job queue poll failed');
      return retryMs;
    }
  }

  /** Returns whether more runs may be due. */
  async #startUpToLimit(): Promise<boolean> {
    const free = this.freeCapacity;
    if (free === 0) return true;
    const limit = free + this.#running.fetched;
    const due = await this.#options.queue.findDue(limit);
    const selected = this.#selectRuns(due, free);
    for (const run of selected) this.#start(new RunAttempt(run.runId, run));
    return due.length >= limit || due.length > selected.length;
  }

  /**
   * Runs that cannot be claimed early are limited to the number of threads. A run that was attempted before may be the
   * one that ends the process, and then every run that is claimed with it loses an attempt.
   */
  #selectRuns(due: DueRun[], free: number): DueRun[] {
    const notRunning = due.filter(({ runId }) => !this.#running.has(runId));
    const freeThreads = Math.max(0, this.#options.ruleWorkers.threads - this.#running.late);
    const early = notRunning.filter(({ canClaimEarly }) => canClaimEarly);
    const late = notRunning.filter(({ canClaimEarly }) => !canClaimEarly).slice(0, freeThreads);
    return [...late, ...early].slice(0, free);
  }

  #start(attempt: RunAttempt, claim?: ClaimedRun): void {
    if (this.#loop.stop.aborted) attempt.cancel();
    this.#running.add(attempt);
    this.#renewal.start();
    attempt.completion = this.#execute(attempt, claim);
  }

  /** After a failure, pauses so that the attempt is not repeated at once, and looks for the run again. */
  async #execute(attempt: RunAttempt, claim: ClaimedRun | undefined): Promise<void> {
    const { log, retryMs, queue } = this.#options;
    const { runId, due } = attempt;
    let hasFailed = false;
    try {
      await this.#claimAndSettle(attempt, claim);
    } catch (error) {
      hasFailed = true;
      log[isUnavailable(error) ? 'warn' : 'error']({ err: error, runId }, 'validation attempt could not be committed');
      await this.#loop.sleep(retryMs);
    }
    if (due) queue.release(due);
    this.#running.remove(attempt);
    this.#hasEnded = true;
    if (this.#hasMoreDue || hasFailed) this.wake();
  }

  /** Claims the run unless its attempt has begun with a commit, evaluates its order and commits the result. */
  async #claimAndSettle(attempt: RunAttempt, begun: ClaimedRun | undefined): Promise<void> {
    const { execute, ruleWorkers } = this.#options;
    const claim = begun ?? (attempt.due && (await this.#claim(attempt.due)));
    if (!claim) return;
    const { id: runId, fence } = claim.run;
    const result = await attempt.evaluate(claim, ruleWorkers);
    if (result) await this.#settle(claim, result);
    else await execute({ type: 'run.release', runId, fence, countsAsAttempt: false });
  }

  #claim({ runId, fence }: DueRun): Promise<ClaimedRun | undefined> {
    const { execute, policyVersion, leaseMs } = this.#options;
    return execute({ type: 'run.claim', runId, fence, leaseMs, policyVersion });
  }

  /** Commits a result. Retries while the database is unavailable, since the evaluation would have to be repeated. */
  async #settle({ run: { id: runId, fence, attempt } }: ClaimedRun, result: RunResult): Promise<void> {
    const { execute, log, retryMs, random } = this.#options;
    const retryDelayMs = computeRetryDelayMs(attempt, random);
    for (;;) {
      try {
        await execute({ type: 'run.settle', runId, fence, result, retryDelayMs });
        return;
      } catch (error) {
        if (!isUnavailable(error) || this.#loop.stop.aborted) throw error;
        log.warn({ err: error, runId }, 'run result could not be committed; retrying');
        await this.#loop.sleep(retryMs);
      }
    }
  }
}
