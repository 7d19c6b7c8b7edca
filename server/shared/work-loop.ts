// Polls for work: when it is woken, when work becomes due, and at an interval.

import { setTimeout as pause } from 'node:timers/promises';

export class WorkLoop implements AsyncDisposable {
  readonly #poll: () => Promise<number>;
  readonly #stopping = new AbortController();
  #isWoken = false;
  #timer: NodeJS.Timeout | undefined;
  /** Ends the current pause. */
  #resume: (() => void) | undefined;
  #running: Promise<void> | undefined;

  /**
   * @param poll starts the work that is due, and resolves with the time until the next poll, in milliseconds. Must not
   *   reject.
   */
  constructor(poll: () => Promise<number>) {
    this.#poll = poll;
  }

  /** Aborts when the loop is disposed. */
  get stop(): AbortSignal {
    return this.#stopping.signal;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Polls soon. */
  wake(): void {
    this.#isWoken = true;
    this.#resume?.();
  }

  /** Waits, at most until the loop is disposed. */
  async sleep(durationMs: number): Promise<void> {
    await pause(durationMs, undefined, { signal: this.stop }).catch(() => {});
  }

  /** Stops polling. Resolves after the poll in progress. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.stop.aborted) {
      this.#isWoken = false;
      const pauseMs = await this.#poll();
      if (!this.#isWoken) await this.#pause(pauseMs);
    }
  }

  async #pause(durationMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#resume = resolve;
      this.#timer = setTimeout(resolve, durationMs);
    });
    this.#resume = undefined;
    clearTimeout(this.#timer);
  }
}

/** The pauses of a loop, in milliseconds. */
export type PollIntervals = {
  /** The longest time between two polls. It bounds the delay after a lost notification or a change of the clock. */
  pollMs: number;
  /** The pause after a failure, and while due work cannot be started. */
  retryMs: number;
};

/**
 * Returns the time until the next poll, in milliseconds.
 * @param nextDueAtMs when the next work becomes due; undefined if none is known. Work that is due already could not be
 *   started.
 */
export function computePollDelayMs(
  nextDueAtMs: number | undefined,
  nowMs: number,
  { pollMs, retryMs }: PollIntervals,
): number {
  if (nextDueAtMs === undefined) return pollMs;
  return Math.min(pollMs, nextDueAtMs > nowMs ? nextDueAtMs - nowMs : retryMs);
}
