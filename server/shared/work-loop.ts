// Polls for work: when it is woken, when work becomes due, and at an interval.

import { setTimeout as pause } from 'node:timers/promises';

export class WorkLoop implements AsyncDisposable {
  readonly #poll: () => Promise<number>;
  readonly #stopping = new AbortController();
  #wake = Promise.withResolvers<void>();
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
    this.#wake.resolve();
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
      this.#wake = Promise.withResolvers();
      const pauseMs = await this.#poll();
      const timer = new AbortController();
      await Promise.race([this.#wake.promise, pause(pauseMs, undefined, { signal: timer.signal }).catch(() => {})]);
      timer.abort();
    }
  }
}

/**
 * Returns the time until the next poll, in milliseconds.
 * @param nextDueAtMs when the next work becomes due; undefined: unknown or none. Work that is due already could not be
 *   started, so it waits for a whole interval.
 * @param pollMs the longest time between two polls
 */
export function computePollDelayMs(nextDueAtMs: number | undefined, nowMs: number, pollMs: number): number {
  return nextDueAtMs === undefined || nextDueAtMs <= nowMs ? pollMs : Math.min(pollMs, nextDueAtMs - nowMs);
}
