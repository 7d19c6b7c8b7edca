// Spreads work over turns of the event loop.

/**
 * Lets one task continue in each turn of the event loop. `setImmediate` alone lets all waiting tasks continue in the
 * same turn, so that a hundred tasks of a millisecond would delay everything else by a tenth of a second.
 */
export class TurnQueue {
  readonly #waiting: (() => void)[] = [];

  /** Resolves in a later turn of the event loop, after all tasks that have waited longer. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) setImmediate(this.#continueOne);
    });
  }

  readonly #continueOne = (): void => {
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0) setImmediate(this.#continueOne);
  };
}
