// The worker threads that judge orders. A rule that hangs or eats up its memory costs its thread, never the process:
// the thread is killed when its time is up, and another takes its place.

import { Piscina } from 'piscina';
import { unavailable } from '../problem.ts';
import type { Judged } from './order-content.ts';
import type { Policy } from './policy.ts';
import type { Judgement, WorkerData } from './policy-worker.ts';

/** `exhausted`: time or memory ran out, and another attempt may help. `abandoned`: the caller gave it up. */
export type Outcome = Judgement | { kind: 'exhausted'; error: string } | { kind: 'abandoned' };

export type JudgesOptions = {
  policy: Policy;
  threads: number;
  /** How long one order may take, from when a thread takes it up. */
  timeoutMs: number;
};

const maxOldGenerationSizeMb = 128;
const maxWaiting = 100;
/** How long a thread may take to come up before an order counts as hanging in it. */
const bootLimitMs = 10_000;

export class Judges implements AsyncDisposable {
  readonly policy: Policy;
  readonly #pool: Piscina;
  readonly #timeoutMs: number;
  readonly #takenUpAt: BigInt64Array;
  readonly #freePlaces: number[];
  readonly #waiting: ((place: number) => void)[] = [];

  constructor({ policy, threads, timeoutMs }: JudgesOptions) {
    this.policy = policy;
    this.#timeoutMs = timeoutMs;
    this.#takenUpAt = new BigInt64Array(new SharedArrayBuffer(threads * BigInt64Array.BYTES_PER_ELEMENT));
    this.#freePlaces = Array.from({ length: threads }, (_, place) => place);
    this.#pool = new Piscina({
      filename: new URL('policy-worker.ts', import.meta.url).href,
      name: 'judge',
      workerData: { rules: policy.rules, takenUpAt: this.#takenUpAt } satisfies WorkerData,
      minThreads: threads,
      maxThreads: threads,
      resourceLimits: { maxOldGenerationSizeMb },
    });
  }

  /** How many threads have nothing to do and nobody waiting for them. */
  get freeThreads(): number {
    return this.#freePlaces.length;
  }

  /** Whether there are threads to judge with. */
  get areHealthy(): boolean {
    return this.#pool.threads.length > 0;
  }

  /**
   * Judges an order as soon as a thread is free.
   * @throws ProblemError `unavailable`: too many wait
   */
  async judge(order: Judged, signal?: AbortSignal): Promise<Outcome> {
    const place = await this.#takePlace();
    const timeout = new AbortController();
    const watch = this.#watch(place, timeout);
    try {
      const signals = signal ? [timeout.signal, signal] : [timeout.signal];
      return await this.#pool.run({ order, place }, { signal: AbortSignal.any(signals) });
    } catch (error) {
      if (signal?.aborted) return { kind: 'abandoned' };
      if (timeout.signal.aborted)
        return { kind: 'exhausted', error: `The rules took longer than ${this.#timeoutMs} ms.` };
      return { kind: 'exhausted', error: `The thread ended: ${error instanceof Error ? error.message : error}` };
    } finally {
      watch[Symbol.dispose]();
      this.#givePlace(place);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy();
  }

  /** Aborts when an order has been under judgement for too long. That its thread has still to come up is no fault of it. */
  #watch(place: number, timeout: AbortController): Disposable {
    Atomics.store(this.#takenUpAt, place, 0n);
    const givenAt = process.hrtime.bigint();
    let timer: NodeJS.Timeout;
    const look = () => {
      const takenUpAt = Atomics.load(this.#takenUpAt, place);
      const [since, limitMs] = takenUpAt === 0n ? [givenAt, bootLimitMs] : [takenUpAt, this.#timeoutMs];
      const leftMs = limitMs - Number(process.hrtime.bigint() - since) / 1e6;
      if (leftMs <= 0) timeout.abort();
      else timer = setTimeout(look, Math.min(leftMs, this.#timeoutMs));
    };
    timer = setTimeout(look, this.#timeoutMs);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  }

  async #takePlace(): Promise<number> {
    const free = this.#freePlaces.pop();
    if (free !== undefined) return free;
    if (this.#waiting.length >= maxWaiting) throw unavailable('Too many orders wait to be judged.');
    const { promise, resolve } = Promise.withResolvers<number>();
    this.#waiting.push(resolve);
    return promise;
  }

  #givePlace(place: number): void {
    const next = this.#waiting.shift();
    if (next) next(place);
    else this.#freePlaces.push(place);
  }
}
