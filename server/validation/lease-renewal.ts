// Renews the leases of the runs that this node evaluates, with one timer for all of them.

import type { Logger } from 'pino';
import type { Execute } from '../domain/commands.ts';
import type { RunAttempt } from './run-attempt.ts';

type LeaseRenewalOptions = {
  execute: Execute;
  log: Logger;
  /** How long a claim is valid without a renewal, in milliseconds. */
  leaseMs: number;
  /** The attempts to renew, as they are at each call. */
  attempts: Iterable<RunAttempt>;
};

/** Renews each lease after a third of its duration at the latest. The timer runs only while there are attempts. */
export class LeaseRenewal implements Disposable {
  readonly #options: LeaseRenewalOptions;
  /**
   * Interval of the checks. A lease of at least this age is renewed, so at most two intervals, a third of its duration,
   * pass between renewals.
   */
  readonly #checkMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LeaseRenewalOptions) {
    this.#options = options;
    this.#checkMs = options.leaseMs / 6;
  }

  /** Must be called when an attempt begins. */
  start(): void {
    this.#timer ??= setInterval(() => this.#renewAll(), this.#checkMs);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #renewAll(): void {
    const dueAtMs = performance.now() - this.#checkMs;
    let isIdle = true;
    for (const attempt of this.#options.attempts) {
      isIdle = false;
      if (attempt.fence !== undefined && attempt.renewedAtMs <= dueAtMs) void this.#renew(attempt, attempt.fence);
    }
    if (isIdle) this[Symbol.dispose]();
  }

  /** Cancels the attempt if its claim is not valid any more. A failed renewal is repeated at the next check. */
  async #renew(attempt: RunAttempt, fence: number): Promise<void> {
    const { execute, log, leaseMs } = this.#options;
    const { runId } = attempt;
    const previous = attempt.renewedAtMs;
    attempt.renewedAtMs = performance.now();
    try {
      if (!(await execute({ type: 'run.renew', runId, fence, leaseMs }))) attempt.cancel();
    } catch (error) {
      attempt.renewedAtMs = previous;
      log.warn({ err: error, runId }, 'lease renewal failed');
    }
  }
}
