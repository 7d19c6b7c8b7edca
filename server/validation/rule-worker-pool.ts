// Worker threads that judge orders, in batches of what waits for a thread. A rule that hangs or eats up its memory
// costs its thread, never the process: the thread is killed when the time of an order is up, another takes its place,
// and the other orders of the batch are judged again.

import type { Logger } from 'pino';
import { Piscina } from 'piscina';
import { unavailable } from '../domain/problem.ts';
import { Watch } from './batch-deadline.ts';
import { type Outcome, PendingJudgement } from './pending-evaluation.ts';
import type { Policy } from './policy.ts';
import type { ValidatableOrder } from './rule-input.ts';
import type { Judgement, JudgeTask, WorkerData } from './rule-worker.ts';

export type JudgesOptions = {
  policy: Policy;
  log: Logger;
  threads: number;
  /** Whether the threads are kept while there is nothing to do. */
  areKept: boolean;
  /** How many orders a thread may be given at a time; it is given as many as it judges in a moment. */
  maxBatchSize: number;
  /** How many orders may wait for a thread. */
  maxWaiting: number;
  /** How long one order may take, from when a thread takes it up. */
  timeoutMs: number;
};

/** With a larger young generation V8 aborts the whole process at the limit, instead of ending the thread. */
const resourceLimits = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 8 };
const idleThreadMs = 10_000;

/** How long a thread should be busy with a batch. The others of the batch wait so long for their verdicts. */
const batchMs = 20;

export class Judges implements AsyncDisposable {
  readonly threads: number;
  readonly #pool: Piscina;
  readonly #options: JudgesOptions;
  /** Those that no thread has been given, longest waiting first. */
  readonly #waiting: PendingJudgement[] = [];
  #freeThreads: number;
  /** How many orders a thread judges in a moment, as the latest batch has shown. */
  #batchSize = 1;
  #areHealthy = true;
  #isStopped = false;

  constructor(options: JudgesOptions) {
    const { policy, log, threads, areKept } = options;
    this.threads = threads;
    this.#freeThreads = threads;
    this.#options = options;
    this.#pool = new Piscina({
      filename: new URL('rule-worker.ts', import.meta.url).href,
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

  /** How many orders can be judged in a moment. */
  get capacity(): number {
    return this.threads * this.#batchSize;
  }

  /**
   * Judges an order as soon as a thread is free.
   * @throws ProblemError `unavailable`: too many wait
   */
  async judge(order: ValidatableOrder, signal: AbortSignal): Promise<Outcome> {
    if (signal.aborted || this.#isStopped) return { kind: 'abandoned' };
    if (this.#waiting.length >= this.#options.maxWaiting + this.#freeThreads * this.#batchSize) {
      throw unavailable('Too many orders wait to be judged.');
    }
    const pending = new PendingJudgement(order);
    const giveUp = () => this.#abandon(pending);
    signal.addEventListener('abort', giveUp, { once: true });
    this.#waiting.push(pending);
    // What comes in the same turn goes to a thread together.
    queueMicrotask(() => this.#handOut());
    const outcome = await pending.outcome;
    signal.removeEventListener('abort', giveUp);
    return outcome;
  }

  /** Nothing waits any longer, and no thread is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    this.#abandonAll();
    await this.#pool.destroy();
  }

  #abandon(pending: PendingJudgement): void {
    const place = this.#waiting.indexOf(pending);
    if (place >= 0) this.#waiting.splice(place, 1);
    pending.settle({ kind: 'abandoned' });
  }

  #handOut(): void {
    while (this.#freeThreads > 0 && this.#waiting.length > 0 && !this.#isStopped) {
      const share = Math.ceil(this.#waiting.length / this.#freeThreads);
      this.#freeThreads -= 1;
      void this.#judgeBatch(this.#waiting.splice(0, Math.min(share, this.#batchSize)));
    }
  }

  /** Has a thread judge a batch. What it did not come to waits again, before all others. */
  async #judgeBatch(batch: PendingJudgement[]): Promise<void> {
    const watch = new Watch(batch.length, this.#options.timeoutMs);
    for (const [place, pending] of batch.entries()) pending.onSettled = () => watch.release(place);
    try {
      const task: JudgeTask = { orders: batch.map(({ order }) => order), times: watch.times };
      const judgements: (Judgement | undefined)[] = await this.#pool.run(task, { signal: watch.signal });
      this.#adapt(watch.msPerOrder(judgements.length));
      for (const [place, judgement] of judgements.entries()) if (judgement) batch[place]?.settle(judgement);
    } catch (error) {
      this.#fail(batch, watch, error);
    }
    watch.end();
    this.#freeThreads += 1;
    this.#waiting.unshift(...batch.filter(({ isSettled }) => !isSettled));
    if (this.#isStopped) this.#abandonAll();
    this.#handOut();
  }

  /** The thread has ended. Whatever it did not come to is judged by another, one order after the other. */
  #fail(batch: readonly PendingJudgement[], watch: Watch, error: unknown): void {
    this.#batchSize = 1;
    if (this.#isStopped) return;
    const reason = watch.timeoutReason ?? `The thread ended: ${error instanceof Error ? error.message : error}`;
    for (const pending of blamedOf(batch, watch)) pending.settle({ kind: 'exhausted', error: reason });
  }

  #adapt(msPerOrder: number): void {
    this.#batchSize = Math.max(1, Math.min(this.#options.maxBatchSize, Math.floor(batchMs / msPerOrder)));
  }

  #abandonAll(): void {
    for (const pending of this.#waiting.splice(0)) pending.settle({ kind: 'abandoned' });
  }
}

/**
 * Who is to blame for the end of a thread: the order that it was busy with; all, where it never came to one; and
 * nobody, where only its answer was lost.
 */
function blamedOf(batch: readonly PendingJudgement[], watch: Watch): readonly PendingJudgement[] {
  if (watch.current !== undefined) return batch.slice(watch.current, watch.current + 1);
  return watch.isDone && batch.length > 1 ? [] : batch;
}
