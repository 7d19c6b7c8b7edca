// Takes due runs through an attempt: claims as many as the threads can soon start, keeps their leases while they wait
// and while the rules run, and commits the verdicts. A hint wakes it; the poll is the truth.

import type { Logger } from 'pino';
import type { Execute } from '../domain/commands.ts';
import { isUnavailable } from '../domain/problem.ts';
import type { ClaimedRun, Verdict } from '../domain/run-commands.ts';
import { WorkLoop } from '../shared/work-loop.ts';
import { retryDelayMs } from './backoff.ts';
import type { EvaluationOutcome } from './pending-evaluation.ts';
import type { DueRun, JobQueue } from './queue/job-queue.ts';
import type { RuleWorkerPool } from './rule-worker-pool.ts';

export type RunnerOptions = {
  execute: Execute;
  queue: JobQueue;
  ruleWorkers: RuleWorkerPool;
  policyVersion: string;
  log: Logger;
  /** How long a claim holds without a sign of life. */
  leaseMs: number;
  /** The longest time between two looks at the queue. */
  pollMs: number;
  /** Milliseconds since the epoch. */
  now(): number;
  /** A number from 0 up to but not including 1. */
  random(): number;
};

/** How many claims are open at most, unless there are more threads: what a client writes waits behind their commits. */
const maxClaims = 128;

/** An attempt under way. */
type RunningAttempt = { canWait: boolean; giveUp: AbortController; end: Promise<void> };

export class Runner implements AsyncDisposable {
  readonly #options: RunnerOptions;
  readonly #running = new Map<number, RunningAttempt>();
  readonly #loop = new WorkLoop(() => this.#takeDue());
  #isHealthy = true;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Whether the latest look at the queue went well. */
  get isHealthy(): boolean {
    return this.#isHealthy;
  }

  /** Begins to work, first on what a process that has died left behind. */
  async start(): Promise<void> {
    const { execute, queue } = this.#options;
    const abandoned = await queue.findAbandoned();
    await Promise.all(abandoned.map((claim) => execute({ type: 'run.release', ...claim, countsAsAttempt: true })));
    this.#loop.start();
  }

  /** Looks at the queue soon. */
  wake(): void {
    this.#loop.wake();
  }

  /** Claims nothing more, gives unfinished claims back, and waits until they are. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
    for (const { giveUp } of this.#running.values()) giveUp.abort();
    await Promise.all([...this.#running.values()].map(({ end }) => end));
  }

  /** Starts what is due, as far as there is room; answers how long to wait before the next look. */
  async #takeDue(): Promise<number> {
    const { queue, ruleWorkers, log, now, pollMs } = this.#options;
    try {
      // One batch that is judged for each thread, and one that waits for it.
      const free = Math.max(ruleWorkers.threads, Math.min(maxClaims, 2 * ruleWorkers.capacity)) - this.#running.size;
      const due = free <= 0 ? [] : await queue.findDue(free + this.#running.size);
      for (const run of this.#choose(due, free)) this.#begin(run);
      const next = await queue.findNextDueAt();
      this.#isHealthy = true;
      return next === undefined || next <= now() ? pollMs : Math.min(pollMs, next - now());
    } catch (error) {
      this.#isHealthy = false;
      log.error({ err: error }, 'cannot look at the queue');
      return pollMs;
    }
  }

  /**
   * Runs that have been attempted before are claimed only as there are threads: one of them may be what ended the
   * process, and whatever is claimed together with it loses an attempt each time. So are those that have but one.
   */
  #choose(due: DueRun[], free: number): DueRun[] {
    const others = due.filter(({ runId }) => !this.#running.has(runId));
    const again = [...this.#running.values()].filter(({ canWait }) => !canWait).length;
    const first = others.filter(({ canWait }) => canWait);
    const later = others
      .filter(({ canWait }) => !canWait)
      .slice(0, Math.max(0, this.#options.ruleWorkers.threads - again));
    return [...later, ...first].slice(0, free);
  }

  #begin(run: DueRun): void {
    const { queue, log, pollMs } = this.#options;
    const { runId, canWait } = run;
    const giveUp = new AbortController();
    const end = this.#attempt(run, giveUp)
      .catch(async (error: unknown) => {
        const level = isUnavailable(error) ? 'warn' : 'error';
        log[level]({ err: error, runId }, 'an attempt could not be committed');
        await this.#loop.rest(pollMs);
      })
      .finally(() => {
        queue.release(run);
        this.#running.delete(runId);
        this.wake();
      });
    this.#running.set(runId, { canWait, giveUp, end });
  }

  async #attempt({ runId, fence: seen }: DueRun, giveUp: AbortController): Promise<void> {
    const { execute, policyVersion, leaseMs } = this.#options;
    const claim = await execute({ type: 'run.claim', runId, fence: seen, leaseMs, policyVersion });
    if (!claim) return;
    const outcome = await this.#evaluateUnderLease(claim, giveUp);
    const { fence } = claim.run;
    const verdict = this.#verdictOf(outcome, claim.run.attempt);
    if (verdict) await this.#settle(runId, fence, verdict);
    else await execute({ type: 'run.release', runId, fence, countsAsAttempt: false });
  }

  /** Commits a verdict; where the database cannot take it, again and again, since the work is done. */
  async #settle(runId: number, fence: number, verdict: Verdict): Promise<void> {
    const { execute, log, pollMs } = this.#options;
    for (;;) {
      try {
        await execute({ type: 'run.settle', runId, fence, verdict });
        return;
      } catch (error) {
        if (!isUnavailable(error) || this.#loop.stop.aborted) throw error;
        log.warn({ err: error, runId }, 'a verdict waits for the database');
        await this.#loop.rest(pollMs);
      }
    }
  }

  /** Renews the lease three times in its length, and gives the attempt up when the claim is lost. */
  async #evaluateUnderLease({ run, order }: ClaimedRun, giveUp: AbortController): Promise<EvaluationOutcome> {
    const { execute, ruleWorkers, leaseMs, log } = this.#options;
    const renewal = setInterval(async () => {
      try {
        const holds = await execute({ type: 'run.renew', runId: run.id, fence: run.fence, leaseMs });
        if (!holds) giveUp.abort();
      } catch (error) {
        log.warn({ err: error, runId: run.id }, 'a lease could not be renewed');
      }
    }, leaseMs / 3);
    try {
      return await ruleWorkers.evaluate(order, giveUp.signal);
    } finally {
      clearInterval(renewal);
    }
  }

  #verdictOf(outcome: EvaluationOutcome, attempt: number): Verdict | undefined {
    switch (outcome.kind) {
      case 'judged':
        return outcome.findings.length === 0 ? { kind: 'passed' } : { kind: 'failed', findings: outcome.findings };
      case 'broken':
        return { kind: 'dead', error: outcome.error };
      case 'exhausted':
        return { kind: 'retry', error: outcome.error, delayMs: retryDelayMs(attempt, this.#options.random) };
      case 'abandoned':
        return undefined;
    }
  }
}
