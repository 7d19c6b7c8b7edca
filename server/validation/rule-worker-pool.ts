// Worker threads that judge orders, in batches of what waits for a thread. A rule that hangs or eats up its memory
// costs its thread, never the process: the thread is killed when the time of an order is up, another takes its place,
// and the other orders of the batch are judged again.

import type { Logger } from 'pino';
import { Piscina } from 'piscina';
import { unavailable } from '../domain/problem.ts';
import { BatchDeadline } from './batch-deadline.ts';
import { type EvaluationOutcome, PendingEvaluation } from './pending-evaluation.ts';
import type { Policy } from './policy.ts';
import type { ValidatableOrder } from './rule-input.ts';
import type { Evaluation, EvaluationTask, WorkerData } from './rule-worker.ts';

export type RuleWorkerPoolOptions = {
  policy: Policy;
  log: Logger;
  threads: number;
  /** Whether the threads are kept while there is nothing to do. */
  keepsThreads: boolean;
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

export class RuleWorkerPool implements AsyncDisposable {
  readonly threads: number;
  readonly #pool: Piscina;
  readonly #options: RuleWorkerPoolOptions;
  /** Those that no thread has been given, longest waiting first. */
  readonly #waiting: PendingEvaluation[] = [];
  #freeThreads: number;
  /** How many orders a thread judges in a moment, as the latest batch has shown. */
  #batchSize = 1;
  #isHealthy = true;
  #isStopped = false;

  constructor(options: RuleWorkerPoolOptions) {
    const { policy, log, threads, keepsThreads } = options;
    this.threads = threads;
    this.#freeThreads = threads;
    this.#options = options;
    this.#pool = new Piscina({
      filename: new URL('rule-worker.ts', import.meta.url).href,
      name: 'evaluate',
      workerData: { rules: policy.rules } satisfies WorkerData,
      minThreads: keepsThreads ? threads : 0,
      maxThreads: threads,
      idleTimeout: keepsThreads ? 0 : idleThreadMs,
      resourceLimits,
    });
    // A thread that fails while it has no order. Without a listener, this would end the process.
    this.#pool.on('error', (error) => {
      this.#isHealthy = false;
      log.error({ err: error }, 'a judging thread failed');
    });
    this.#pool.on('workerCreate', () => {
      this.#isHealthy = true;
    });
  }

  /** Whether the latest that was heard of the threads is good. */
  get isHealthy(): boolean {
    return this.#isHealthy;
  }

  /** How many orders can be judged in a moment. */
  get capacity(): number {
    return this.threads * this.#batchSize;
  }

  /**
   * Judges an order as soon as a thread is free.
   * @throws ProblemError `unavailable`: too many wait
   */
  async evaluate(order: ValidatableOrder, signal: AbortSignal): Promise<EvaluationOutcome> {
    if (signal.aborted || this.#isStopped) return { kind: 'abandoned' };
    if (this.#waiting.length >= this.#options.maxWaiting + this.#freeThreads * this.#batchSize) {
      throw unavailable('Too many orders wait to be judged.');
    }
    const pending = new PendingEvaluation(order);
    const giveUp = () => this.#abandon(pending);
    signal.addEventListener('abort', giveUp, { once: true });
    this.#waiting.push(pending);
    // What comes in the same turn goes to a thread together.
    queueMicrotask(() => this.#dispatch());
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

  #abandon(pending: PendingEvaluation): void {
    const place = this.#waiting.indexOf(pending);
    if (place >= 0) this.#waiting.splice(place, 1);
    pending.settle({ kind: 'abandoned' });
  }

  #dispatch(): void {
    while (this.#freeThreads > 0 && this.#waiting.length > 0 && !this.#isStopped) {
      const share = Math.ceil(this.#waiting.length / this.#freeThreads);
      this.#freeThreads -= 1;
      void this.#evaluateBatch(this.#waiting.splice(0, Math.min(share, this.#batchSize)));
    }
  }

  /** Has a thread judge a batch. What it did not come to waits again, before all others. */
  async #evaluateBatch(batch: PendingEvaluation[]): Promise<void> {
    const watch = new BatchDeadline(batch.length, this.#options.timeoutMs);
    for (const [place, pending] of batch.entries()) pending.onSettled = () => watch.release(place);
    try {
      const task: EvaluationTask = { orders: batch.map(({ order }) => order), times: watch.times };
      const judgements: (Evaluation | undefined)[] = await this.#pool.run(task, { signal: watch.signal });
      this.#adapt(watch.msPerOrder(judgements.length));
      for (const [place, judgement] of judgements.entries()) if (judgement) batch[place]?.settle(judgement);
    } catch (error) {
      this.#fail(batch, watch, error);
    }
    watch.end();
    this.#freeThreads += 1;
    this.#waiting.unshift(...batch.filter(({ isSettled }) => !isSettled));
    if (this.#isStopped) this.#abandonAll();
    this.#dispatch();
  }

  /** The thread has ended. Whatever it did not come to is judged by another, one order after the other. */
  #fail(batch: readonly PendingEvaluation[], watch: BatchDeadline, error: unknown): void {
    this.#batchSize = 1;
    if (this.#isStopped) return;
    const reason = watch.timeoutReason ?? `The thread ended: ${error instanceof Error ? error.message : error}`;
    for (const pending of findCulprits(batch, watch)) pending.settle({ kind: 'exhausted', error: reason });
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
function findCulprits(batch: readonly PendingEvaluation[], watch: BatchDeadline): readonly PendingEvaluation[] {
  if (watch.current !== undefined) return batch.slice(watch.current, watch.current + 1);
  return watch.isDone && batch.length > 1 ? [] : batch;
}
