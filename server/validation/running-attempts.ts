// The attempts that this node executes at the moment.

/** The traits of a run before its attempt. */
type Traits = {
  runId: number;
  /** See `canClaimEarly` of the queue. */
  canClaimEarly: boolean;
  /** Whether the queue returned the run. Other attempts began with a commit. */
  isFetched: boolean;
};

type RunningAttempt = Traits & { cancellation: AbortController; completion: Promise<void> };

export class RunningAttempts {
  readonly #attempts = new Map<number, RunningAttempt>();
  readonly #onEnd: () => void;

  /** @param onEnd called when an attempt has ended and is not among the running ones any more */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  get size(): number {
    return this.#attempts.size;
  }

  /** Counts the attempts with a trait that has this value. */
  count(trait: 'canClaimEarly' | 'isFetched', value: boolean): number {
    return [...this.#attempts.values()].filter((attempt) => attempt[trait] === value).length;
  }

  has(runId: number): boolean {
    return this.#attempts.has(runId);
  }

  cancel(runId: number): void {
    this.#attempts.get(runId)?.cancellation.abort();
  }

  /**
   * Starts an attempt, and keeps it until it has ended.
   * @param execute must not reject
   */
  add(traits: Traits, execute: (cancellation: AbortController) => Promise<void>): void {
    const cancellation = new AbortController();
    const completion = execute(cancellation).finally(() => {
      // The run may have been retried, and its new attempt have begun, before this one has ended.
      if (this.#attempts.get(traits.runId) === attempt) this.#attempts.delete(traits.runId);
      this.#onEnd();
    });
    const attempt = { ...traits, cancellation, completion };
    this.#attempts.set(traits.runId, attempt);
  }

  /** Cancels all attempts and waits for their ends. A commit in progress may still begin an attempt meanwhile. */
  async cancelAll(): Promise<void> {
    while (this.#attempts.size > 0) {
      const attempts = [...this.#attempts.values()];
      for (const { cancellation } of attempts) cancellation.abort();
      await Promise.all(attempts.map(({ completion }) => completion));
    }
  }
}
