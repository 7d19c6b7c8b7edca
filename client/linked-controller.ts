// Combines abort signals. `AbortSignal.any` and `AbortSignal.timeout` keep their timers and listeners until the signals
// are collected, which adds up with many calls and one long-lived signal; older browsers lack them.

/** A controller that other signals abort, too, until it is unlinked. */
export class LinkedController {
  readonly #controller = new AbortController();
  readonly #parents: readonly AbortSignal[];

  constructor(...parents: readonly (AbortSignal | undefined)[]) {
    this.#parents = parents.filter((parent) => parent !== undefined);
    for (const parent of this.#parents) {
      if (parent.aborted) this.abort(parent.reason);
      else parent.addEventListener('abort', this.#onAbort);
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason?: unknown): void {
    this.#controller.abort(reason);
  }

  /** Removes the listeners from the other signals. */
  unlink(): void {
    for (const parent of this.#parents) parent.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (event: Event): void => {
    this.abort((event.target as AbortSignal).reason);
  };
}
