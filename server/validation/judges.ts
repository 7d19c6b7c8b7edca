// Worker threads that judge orders. A rule that hangs or eats up its memory costs its thread, never the process: the
// thread is killed when its time is up, and another takes its place.

import type { Logger } from 'pino';
import { Piscina } from 'piscina';
import { unavailable } from '../problem.ts';
import type { Policy } from './policy.ts';
import type { Judgement, WorkerData } from './policy-worker.ts';
import type { ValidatableOrder } from './rule-input.ts';

/** `exhausted`: time or memory ran out, and another attempt may help. `abandoned`: the caller gave it up. */
export type Outcome = Judgement | { kind: 'exhausted'; error: string } | { kind: 'abandoned' };

export type JudgesOptions = {
  policy: Policy;
  log: Logger;
  threads: number;
  /** Whether the threads are kept while there is nothing to do. */
  areKept: boolean;
  /** How many orders may wait for a thread. */
  maxWaiting: number;
  /** How long one order may take, from when a thread takes it up. */
  timeoutMs: number;
};

/** With a larger young generation V8 aborts the whole process at the limit, instead of ending the thread. */
const resourceLimits = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 8 };
/** How long a thread may take to come up before an order counts as hanging in it. */
const bootLimitMs = 10_000;
const idleThreadMs = 10_000;

export class Judges implements AsyncDisposable {
  readonly threads: number;
  readonly #pool: Piscina;
  readonly #timeoutMs: number;
  readonly #maxWaiting: number;
  /** Where the thread of each place writes when it took its order up; 0 before. */
  readonly #takenUpAt: BigInt64Array;
  readonly #freePlaces: number[];
  /** Those who wait for a place, longest first. */
  readonly #waiting = new Set<(place: number) => void>();
  #areHealthy = true;

  constructor({ policy, log, threads, areKept, maxWaiting, timeoutMs }: JudgesOptions) {
    this.threads = threads;
    this.#timeoutMs = timeoutMs;
    this.#maxWaiting = maxWaiting;
    this.#takenUpAt = new BigInt64Array(new SharedArrayBuffer(threads * BigInt64Array.BYTES_PER_ELEMENT));
    this.#freePlaces = Array.from({ length: threads }, (_, place) => place);
    this.#pool = new Piscina({
      filename: new URL('policy-worker.ts', import.meta.url).href,
      name: 'judge',
      workerData: { rules: policy.rules, takenUpAt: this.#takenUpAt } satisfies WorkerData,
      minThreads: areKept ? threads : 0,
      maxThreads: threads,
      idleTimeout: areKept ? 0 : idleThreadMs,
      resourceLimits,
    });
    // A thread that fails while it has no order. Without a listener, this would end the process.
    this.#pool.on('error', (error) => {
      this.#areHealthy = false;
      log.error({ err: error }, 'a judging thread failed');
    });
  }

  /** Whether the latest that was heard of the threads is good. */
  get areHealthy(): boolean {
    return this.#areHealthy;
  }

  /**
   * Judges an order as soon as a thread is free.
   * @throws ProblemError `unavailable`: too many wait
   */
  async judge(order: ValidatableOrder, signal: AbortSignal): Promise<Outcome> {
    const place = await this.#takePlace(signal);
    if (place === undefined) return { kind: 'abandoned' };
    const timeout = new AbortController();
    using _watch = this.#watch(place, timeout);
    try {
      const outcome = await this.#pool.run({ order, place }, { signal: AbortSignal.any([timeout.signal, signal]) });
      this.#areHealthy = true;
      return outcome;
    } catch (error) {
      if (signal.aborted) return { kind: 'abandoned' };
      return { kind: 'exhausted', error: this.#exhaustion(timeout.signal.aborted, error) };
    } finally {
      this.#givePlace(place);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy();
  }

  #exhaustion(isTimeUp: boolean, error: unknown): string {
    if (isTimeUp) return `The rules took longer than ${this.#timeoutMs} ms.`;
    return `The thread ended: ${error instanceof Error ? error.message : error}`;
  }

  /** Aborts when an order has been under judgement for too long. That its thread has still to come up does not count. */
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

  /** A place of its own for an order; nothing where the caller gave up before there was one. */
  async #takePlace(signal: AbortSignal): Promise<number | undefined> {
    if (signal.aborted) return undefined;
    const free = this.#freePlaces.pop();
    if (free !== undefined) return free;
    if (this.#waiting.size >= this.#maxWaiting) throw unavailable('Too many orders wait to be judged.');
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    const giveUp = () => {
      this.#waiting.delete(resolve);
      resolve(undefined);
    };
    signal.addEventListener('abort', giveUp, { once: true });
    this.#waiting.add(resolve);
    const place = await promise;
    signal.removeEventListener('abort', giveUp);
    return place;
  }

  #givePlace(place: number): void {
    const [next] = this.#waiting;
    if (next) {
      this.#waiting.delete(next);
      next(place);
    } else {
      this.#freePlaces.push(place);
    }
  }
}
