// Watches over the time of a batch of judgements. That of each order counts from when its thread takes it up: that the
// thread has still to come up, after another was killed, is no fault of the order.

/** How long a thread may take to come up. */
const bootLimitMs = 10_000;

export class Watch {
  /**
   * Shared with the thread, which writes when it took each order up, and last when it was done with all: nanoseconds of
   * the monotonic clock; 0 before.
   */
  readonly times: BigInt64Array;
  readonly #givenAt = process.hrtime.bigint();
  readonly #timeoutMs: number;
  readonly #abort = new AbortController();
  #timer: NodeJS.Timeout;
  #verdict: string | undefined;

  /** @param timeoutMs how long each order may take */
  constructor(orders: number, timeoutMs: number) {
    this.times = new BigInt64Array(new SharedArrayBuffer((orders + 1) * BigInt64Array.BYTES_PER_ELEMENT));
    this.#timeoutMs = timeoutMs;
    this.#timer = setTimeout(() => this.#look(), timeoutMs);
  }

  /** Aborts when the time of an order is up, or at the end. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** What took too long, where something did. */
  get verdict(): string | undefined {
    return this.#verdict;
  }

  /** The order that was taken up last; undefined before the first. */
  get current(): number | undefined {
    const index = this.times.subarray(0, -1).findLastIndex((_, place) => Atomics.load(this.times, place) !== 0n);
    return index < 0 ? undefined : index;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  #look(): void {
    const isDone = Atomics.load(this.times, this.times.length - 1) !== 0n;
    const { current } = this;
    const since = current === undefined ? this.#givenAt : Atomics.load(this.times, current);
    const limitMs = current === undefined ? bootLimitMs : this.#timeoutMs;
    const leftMs = limitMs - Number(process.hrtime.bigint() - since) / 1e6;
    if (isDone || leftMs > 0) {
      this.#timer = setTimeout(() => this.#look(), isDone ? this.#timeoutMs : Math.min(leftMs, this.#timeoutMs));
      return;
    }
    const tooLong = `The rules took longer than ${this.#timeoutMs} ms.`;
    this.#verdict = current === undefined ? 'No thread came up in time.' : tooLong;
    this.#abort.abort();
  }
}
