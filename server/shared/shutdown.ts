// The state of a graceful shutdown, for the code that serves requests.

import { setTimeout as pause } from 'node:timers/promises';

export class Shutdown {
  readonly #controller = new AbortController();
  #isDraining = false;

  /** Whether readiness reports 503. Requests are still accepted. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Aborts when open-ended responses, such as event streams, must end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Starts to drain, and aborts the signal after the delay. */
  async begin(delayMs: number): Promise<void> {
    this.#isDraining = true;
    await pause(delayMs);
    this.#controller.abort();
  }
}
