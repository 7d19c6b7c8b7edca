// The time limits of a batch. The time of an order counts from when its thread starts to evaluate it: the startup time
// of a thread that replaces a terminated one does not count.

/** Time limit for a thread to start with the first order of a batch. */
const startupLimitMs = 10_000;

/** The error of an evaluation for which no thread started within this time. */
export const noThreadReason = 'No worker thread started in time.';

/** Replaces the start time of an order that must not be evaluated any more. */
const cancelled = -1n;

/** Terminates the thread of a batch, through `signal`, when an order exceeds its time limit or is cancelled. */
export class BatchDeadline {
  /**
   * Memory that is shared with the thread. The thread writes when it started with each order and, in the last element,
   * when it finished the batch: nanoseconds of the monotonic clock, 0 before. It skips an order whose element is not 0.
   */
  readonly times: BigInt64Array;
  readonly #submittedAt = process.hrtime.bigint();
  readonly #timeoutMs: number;
  readonly #termination = new AbortController();
  #timer: NodeJS.Timeout;
  #timeoutReason: string | undefined;
  /**
   * The order for which the thread is terminated. It is stored, because the thread may still start with the next one.
   */
  #terminatedFor: number | undefined;

  /** @param timeoutMs the time limit of each order */
  constructor(orders: number, timeoutMs: number) {
    this.times = new BigInt64Array(new SharedArrayBuffer((orders + 1) * BigInt64Array.BYTES_PER_ELEMENT));
    this.#timeoutMs = timeoutMs;
    this.#timer = setTimeout(() => this.#checkLimit(), timeoutMs);
  }

  /** Aborts when a time limit is exceeded, the current order is cancelled, or `end` is called. */
  get signal(): AbortSignal {
    return this.#termination.signal;
  }

  /** The limit that was exceeded, as an error message; undefined if none was. */
  get timeoutReason(): string | undefined {
    return this.#timeoutReason;
  }

  /**
   * The index of the order that the thread is evaluating, or was evaluating when it was terminated. Undefined before
   * the first order and after the last.
   */
  get currentIndex(): number | undefined {
    if (this.#terminatedFor !== undefined || this.isDone) return this.#terminatedFor;
    const index = this.times.subarray(0, -1).findLastIndex((_, place) => this.#readTime(place) > 0n);
    return index < 0 ? undefined : index;
  }

  /** Whether the thread has finished the batch. */
  get isDone(): boolean {
    return this.#readTime(this.times.length - 1) !== 0n;
  }

  /**
   * Computes the average time of an order, in milliseconds. Only valid after the thread has finished the batch.
   * @param orders how many orders the thread evaluated or skipped
   */
  computeMsPerOrder(orders: number): number {
    const endedAt = this.#readTime(this.times.length - 1);
    const startedAt = this.times.find((time) => time > 0n) ?? endedAt;
    return Number(endedAt - startedAt) / 1e6 / orders;
  }

  /** Cancels an order: the thread skips it, or is terminated if it is evaluating it. */
  cancel(index: number): void {
    const startedAt = Atomics.compareExchange(this.times, index, 0n, cancelled);
    if (startedAt === 0n || this.currentIndex !== index) return;
    this.#terminatedFor = index;
    this.end();
  }

  /** Stops the timer, and terminates the thread if it has not returned yet. */
  end(): void {
    clearTimeout(this.#timer);
    this.#termination.abort();
  }

  #readTime(index: number): bigint {
    return Atomics.load(this.times, index);
  }

  #checkLimit(): void {
    const { currentIndex } = this;
    // The thread has finished; its results are in transit.
    if (this.isDone) return;
    const since = currentIndex === undefined ? this.#submittedAt : this.#readTime(currentIndex);
    const limitMs = currentIndex === undefined ? startupLimitMs : this.#timeoutMs;
    const remainingMs = limitMs - Number(process.hrtime.bigint() - since) / 1e6;
    if (remainingMs > 0) {
      this.#timer = setTimeout(() => this.#checkLimit(), Math.min(remainingMs, this.#timeoutMs));
      return;
    }
    this.#terminatedFor = currentIndex;
    this.#timeoutReason =
      currentIndex === undefined ? noThreadReason : `The rules took longer than ${this.#timeoutMs} ms.`;
    this.#termination.abort();
  }
}
