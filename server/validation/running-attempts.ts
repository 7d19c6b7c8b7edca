// The attempts that this node executes at the moment.

import type { RunAttempt } from './run-attempt.ts';

export class RunningAttempts {
  readonly #attempts = new Map<number, RunAttempt>();

  get size(): number {
    return this.#attempts.size;
  }

  /** The number of attempts whose run the queue returned. Others began with a commit. */
  get fetched(): number {
    return this.#count(({ due }) => due !== undefined);
  }

  /** The number of attempts whose run may only be claimed when a thread is free. */
  get late(): number {
    return this.#count(({ canClaimEarly }) => !canClaimEarly);
  }

  has(runId: number): boolean {
    return this.#attempts.has(runId);
  }

  cancel(runId: number): void {
    this.#attempts.get(runId)?.cancel();
  }

  /** Keeps an attempt until `remove` is called, which must happen at its end. */
  add(attempt: RunAttempt): void {
    this.#attempts.set(attempt.runId, attempt);
  }

  /** The run may have been retried, and its new attempt have begun, before this one has ended. */
  remove(attempt: RunAttempt): void {
    if (this.#attempts.get(attempt.runId) === attempt) this.#attempts.delete(attempt.runId);
  }

  /** Cancels all attempts and waits for their ends. A commit in progress may still begin an attempt meanwhile. */
  async cancelAll(): Promise<void> {
    while (this.#attempts.size > 0) {
      const attempts = [...this.#attempts.values()];
      for (const attempt of attempts) attempt.cancel();
      await Promise.all(attempts.map(({ completion }) => completion));
    }
  }

  [Symbol.iterator](): Iterator<RunAttempt> {
    return this.#attempts.values();
  }

  #count(matches: (attempt: RunAttempt) => boolean): number {
    let count = 0;
    for (const attempt of this.#attempts.values()) if (matches(attempt)) count += 1;
    return count;
  }
}
