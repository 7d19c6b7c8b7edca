// Worker threads that judge orders. A rule that hangs or eats up its memory costs its thread, never the process: the
// thread is killed when its time is up, and another takes its place.

import type { Logger } from 'pino';
import { Piscina } from 'piscina';
import { unavailable } from '../problem.ts';
import type { Policy } from './policy.ts';
import type { Judgement, JudgeTask, WorkerData } from './policy-worker.ts';
import type { ValidatableOrder } from './rule-input.ts';
import { Watch } from './watch.ts';

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
const idleThreadMs = 10_000;

export class Judges implements AsyncDisposable {
  readonly threads: number;
  readonly #pool: Piscina;
  readonly #timeoutMs: number;
  readonly #maxWaiting: number;
  #freePlaces: number;
  /** Those who wait for a place, longest first. They are told whether they got one. */
  readonly #waiting = new Set<(hasPlace: boolean) => void>();
  #areHealthy = true;

  constructor({ policy, log, threads, areKept, maxWaiting, timeoutMs }: JudgesOptions) {
    this.threads = threads;
    this.#freePlaces = threads;
    this.#timeoutMs = timeoutMs;
    this.#maxWaiting = maxWaiting;
    this.#pool = new Piscina({
      filename: new URL('policy-worker.ts', import.meta.url).href,
      name: 'judge',
      workerData: { rules: policy.rules } satisfies WorkerData,
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
    this.#pool.on('workerCreate', () => {
      this.#areHealthy = true;
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
    if (!(await this.#takePlace(signal))) return { kind: 'abandoned' };
    const watch = new Watch(this.#timeoutMs);
    try {
      const task: JudgeTask = { order, takenUpAt: watch.takenUpAt };
      return await this.#pool.run(task, { signal: AbortSignal.any([watch.signal, signal]) });
    } catch (error) {
      if (signal.aborted) return { kind: 'abandoned' };
      const reason = watch.verdict ?? `The thread ended: ${error instanceof Error ? error.message : error}`;
      return { kind: 'exhausted', error: reason };
    } finally {
      // Also takes an order back that is still in line: where no thread could be made, for example.
      watch.end();
      this.#givePlace();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy();
  }

  /** Takes one of the places, of which there are as many as threads. Answers false where the caller gives up before. */
  async #takePlace(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    if (this.#freePlaces > 0) {
      this.#freePlaces -= 1;
      return true;
    }
    if (this.#waiting.size >= this.#maxWaiting) throw unavailable('Too many orders wait to be judged.');
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const giveUp = () => {
      if (this.#waiting.delete(resolve)) resolve(false);
    };
    signal.addEventListener('abort', giveUp, { once: true });
    this.#waiting.add(resolve);
    const hasPlace = await promise;
    signal.removeEventListener('abort', giveUp);
    return hasPlace;
  }

  #givePlace(): void {
    const [next] = this.#waiting;
    if (next) {
      this.#waiting.delete(next);
      next(true);
    } else {
      this.#freePlaces += 1;
    }
  }
}
