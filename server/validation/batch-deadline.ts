// Watches over the time of a batch of judgements. That of each order counts from when its thread takes it up: that the
// thread has still to come up, after another was killed, is no fault of the order.

/** How long a thread may take to come up. */
const bootLimitMs = 10_000;

/** Stands in place of a time for an order that is not to be judged any more. */
const released = -1n;

export class BatchDeadline {
  /**
   * Shared with the thread, which writes when it took each order up, and last when it was done with all: nanoseconds of
   * the monotonic clock; 0 before. It passes over an order that has anything else here already.
   */
  readonly times: BigInt64Array;
  readonly #givenAt = process.hrtime.bigint();
  readonly #timeoutMs: number;
  readonly #abort = new AbortController();
  #timer: NodeJS.Timeout;
  #timeoutReason: string | undefined;
  /** The order that the thread was killed for. It may have gone on to the next by the time it dies. */
  #blamed: number | undefined;

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
  get timeoutReason(): string | undefined {
    return this.#timeoutReason;
  }

  /**
   * The order that the thread is busy with, or was when its time was up; undefined before the first and after the last.
   */
  get current(): number | undefined {
    if (this.#blamed !== undefined || this.isDone) return this.#blamed;
    const index = this.times.subarray(0, -1).findLastIndex((_, place) => this.#timeAt(place) > 0n);
    return index < 0 ? undefined : index;
  }

  /** How long the thread took for each order, in milliseconds. Only when it is done. */
  msPerOrder(orders: number): number {
    const end = this.#timeAt(this.times.length - 1);
    const begin = this.times.find((time) => time > 0n) ?? end;
    return Number(end - begin) / 1e6 / orders;
  }

  /** Nobody waits for this order any more: the thread passes over it, or is freed where it is busy with it. */
  release(place: number): void {
    const before = Atomics.compareExchange(this.times, place, 0n, released);
    if (before === 0n || this.current !== place) return;
    this.#blamed = place;
    this.end();
  }

  /** Ends the watch, and the thread where it is still busy. */
  end(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  /** Whether the thread is done with all orders. */
  get isDone(): boolean {
    return this.#timeAt(this.times.length - 1) !== 0n;
  }

  #timeAt(place: number): bigint {
    return Atomics.load(this.times, place);
  }

  #look(): void {
    const { current } = this;
    // The answer of a thread that is done is on its way.
    if (this.isDone) return;
    const since = current === undefined ? this.#givenAt : this.#timeAt(current);
    const limitMs = current === undefined ? bootLimitMs : this.#timeoutMs;
    const leftMs = limitMs - Number(process.hrtime.bigint() - since) / 1e6;
    if (leftMs > 0) {
      this.#timer = setTimeout(() => this.#look(), Math.min(leftMs, this.#timeoutMs));
      return;
    }
    const tooLong = `The rules took longer than ${this.#timeoutMs} ms.`;
    this.#blamed = current;
    this.#timeoutReason = current === undefined ? 'No thread came up in time.' : tooLong;
    this.#abort.abort();
  }
}
