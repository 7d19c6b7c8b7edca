// Looks for work again and again: when it is woken, when something becomes due, and after a while in any case.

import { setTimeout as pause } from 'node:timers/promises';

export class WorkLoop implements AsyncDisposable {
  readonly #look: () => Promise<number>;
  readonly #stopping = new AbortController();
  #wake = Promise.withResolvers<void>();
  #running: Promise<void> | undefined;

  /**
   * @param look takes up what there is to do; answers how long to wait before the next look, in milliseconds. It must
   *   not throw
   */
  constructor(look: () => Promise<number>) {
    this.#look = look;
  }

  /** Aborts when the loop is disposed of. */
  get stop(): AbortSignal {
    return this.#stopping.signal;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Looks soon. */
  wake(): void {
    this.#wake.resolve();
  }

  /** Waits, but not beyond the stop. */
  async rest(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.stop }).catch(() => {});
  }

  /** Waits for the look that is going on; there is no other. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.stop.aborted) {
      this.#wake = Promise.withResolvers();
      const pauseMs = await this.#look();
      const timer = new AbortController();
      await Promise.race([this.#wake.promise, pause(pauseMs, undefined, { signal: timer.signal }).catch(() => {})]);
      timer.abort();
    }
  }
}
