// The stop of the service, as those who answer requests have to know of it.

import { setTimeout as pause } from 'node:timers/promises';

export class Shutdown {
  readonly #controller = new AbortController();
  #isDraining = false;

  /** Whether the service asks for no more requests, but still takes them. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Aborts when what has no end by itself has to end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Says for a while that no more requests are asked for, and then ends what has no end. */
  async begin(delayMs: number): Promise<void> {
    this.#isDraining = true;
    await pause(delayMs);
    this.#controller.abort();
  }
}
