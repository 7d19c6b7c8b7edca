// The worker threads that judge orders. A rule that hangs or eats up its memory costs its thread, never the process:
// the thread is killed when its time is up, and another takes its place.

import { Piscina } from 'piscina';
import { unavailable } from '../problem.ts';
import type { Judged } from './order-content.ts';
import type { Policy } from './policy.ts';
import type { Judgement } from './policy-worker.ts';

/** `exhausted`: time or memory ran out, and another attempt may help. `abandoned`: the caller gave it up. */
export type Outcome = Judgement | { kind: 'exhausted'; error: string } | { kind: 'abandoned' };

export type JudgesOptions = {
  policy: Policy;
  threads: number;
  /** How long one order may take. */
  timeoutMs: number;
};

const maxOldGenerationSizeMb = 128;
const maxWaiting = 100;

export class Judges implements AsyncDisposable {
  readonly policy: Policy;
  readonly #pool: Piscina;
  readonly #timeoutMs: number;
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor({ policy, threads, timeoutMs }: JudgesOptions) {
    this.policy = policy;
    this.#free = threads;
    this.#timeoutMs = timeoutMs;
    this.#pool = new Piscina({
      filename: new URL('policy-worker.ts', import.meta.url).href,
      name: 'judge',
      workerData: { rules: policy.rules },
      minThreads: threads,
      maxThreads: threads,
      resourceLimits: { maxOldGenerationSizeMb },
    });
  }

  /** How many threads have nothing to do and nobody waiting for them. */
  get freeThreads(): number {
    return this.#free;
  }

  /** Whether there are threads to judge with. */
  get areHealthy(): boolean {
    return this.#pool.threads.length > 0;
  }

  /**
   * Judges an order as soon as a thread is free; its time counts from then on.
   * @throws ProblemError `unavailable`: too many wait
   */
  async judge(order: Judged, signal?: AbortSignal): Promise<Outcome> {
    await this.#takeThread();
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    try {
      return await this.#pool.run(order, { signal: signal ? AbortSignal.any([timeout, signal]) : timeout });
    } catch (error) {
      if (signal?.aborted) return { kind: 'abandoned' };
      if (timeout.aborted) return { kind: 'exhausted', error: `The rules took longer than ${this.#timeoutMs} ms.` };
      return { kind: 'exhausted', error: `The thread ended: ${error instanceof Error ? error.message : error}` };
    } finally {
      this.#giveThread();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy();
  }

  async #takeThread(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    if (this.#waiting.length >= maxWaiting) throw unavailable('Too many orders wait to be judged.');
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    await promise;
  }

  #giveThread(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free += 1;
  }
}
