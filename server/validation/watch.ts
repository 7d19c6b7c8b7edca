// Watches over the time of one judgement. It counts from when a thread takes the order up: that the thread has still to
// come up, after another was killed, is no fault of the order.

/** How long a thread may take to come up. */
const bootLimitMs = 10_000;

export class Watch {
  /** Where the thread writes when it took the order up, by the monotonic clock in nanoseconds; 0 before. */
  readonly takenUpAt = new BigInt64Array(new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT));
  readonly #givenAt = process.hrtime.bigint();
  readonly #timeoutMs: number;
  readonly #abort = new AbortController();
  #timer: NodeJS.Timeout;
  #verdict: string | undefined;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#timer = setTimeout(() => this.#look(), timeoutMs);
  }

  /** Aborts when the time is up, or at the end. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** What took too long, where something did. */
  get verdict(): string | undefined {
    return this.#verdict;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  #look(): void {
    const takenUpAt = Atomics.load(this.takenUpAt, 0);
    const isWaiting = takenUpAt === 0n;
    const [since, limitMs] = isWaiting ? [this.#givenAt, bootLimitMs] : [takenUpAt, this.#timeoutMs];
    const leftMs = limitMs - Number(process.hrtime.bigint() - since) / 1e6;
    if (leftMs > 0) {
      this.#timer = setTimeout(() => this.#look(), Math.min(leftMs, this.#timeoutMs));
      return;
    }
    this.#verdict = isWaiting ? 'No thread came up in time.' : `The rules took longer than ${this.#timeoutMs} ms.`;
    this.#abort.abort();
  }
}
