// A pool of worker threads that evaluate the rules, with waiting orders grouped into batches. A rule that hangs or runs
// out of memory costs its thread, never the process: the thread is terminated when the time limit of an order is
// exceeded, a new thread replaces it, and the other orders of the batch are evaluated again.

import type { Logger } from 'pino';
import { Piscina } from 'piscina';
import type { Rule } from '../../contract/routes/policy.ts';
import { createUnavailableProblem } from '../domain/problem.ts';
import type { RunResult } from '../domain/run.ts';
import { BatchDeadline } from './batch-deadline.ts';
import { PendingEvaluation } from './pending-evaluation.ts';
import type { ValidatableOrder } from './policy/rule-input.ts';
import type { EvaluationTask, WorkerData } from './rule-worker.ts';

/** The size and the limits of a pool. */
export type RuleWorkerPoolOptions = {
  rules: readonly Rule[];
  log: Logger;
  threads: number;
  /** Whether idle threads are kept. Otherwise they end after 10 s. */
  keepsThreads: boolean;
  /** Largest batch of a thread. The actual size adapts to how fast orders are evaluated. */
  maxBatchSize: number;
  /** How many orders may wait for a thread. */
  maxWaiting: number;
  /** Time limit of each order in milliseconds, from when a thread starts to evaluate it. */
  timeoutMs: number;
};

/** The limits of a pool for validations. The runner bounds the number of waiting orders by its own claims. */
export const validationLimits = { maxBatchSize: 64, maxWaiting: Number.POSITIVE_INFINITY };

/** With a larger young generation, V8 aborts the process at the limit instead of ending the thread. */
const resourceLimits = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 8 };
const idleThreadMs = 10_000;

/** Intended duration of a batch. A result waits up to this long for the rest of its batch. */
const targetBatchMs = 20;

/** Evaluates orders on worker threads. */
export class RuleWorkerPool implements AsyncDisposable {
  readonly threads: number;
  readonly #pool: Piscina;
  readonly #options: RuleWorkerPoolOptions;
  /** Orders that no thread has been given, longest waiting first. */
  readonly #waiting: PendingEvaluation[] = [];
  #freeThreads: number;
  /** How many orders a thread evaluates in `targetBatchMs`, as measured with the latest batch. */
  #batchSize = 1;
  #isHealthy = true;
  #isStopped = false;
  /** Whether a dispatch is scheduled at the end of this turn. */
  #isDispatching = false;

  constructor(options: RuleWorkerPoolOptions) {
    const { rules, log, threads, keepsThreads } = options;
    this.threads = threads;
    this.#freeThreads = threads;
    this.#options = options;
    this.#pool = new Piscina({
      filename: new URL('rule-worker.ts', import.meta.url).href,
      name: 'evaluate',
      workerData: { rules } satisfies WorkerData,
      minThreads: keepsThreads ? threads : 0,
      maxThreads: threads,
      idleTimeout: keepsThreads ? 0 : idleThreadMs,
      resourceLimits,
    });
    // Emitted when a thread fails without a task. Without a listener, the event would end the process.
    this.#pool.on('error', (error) => {
      this.#isHealthy = false;
      log.error({ err: error }, 'worker thread failed');
    });
    this.#pool.on('workerCreate', () => {
      this.#isHealthy = true;
    });
  }

  /** False from the failure of a thread without a task until the next thread has been created. */
  get isHealthy(): boolean {
    return this.#isHealthy;
  }

  /** How many orders the threads evaluate in about 20 ms. */
  get capacity(): number {
    return this.threads * this.#batchSize;
  }

  /**
   * Evaluates an order as soon as a thread is free. Resolves with undefined when the signal aborts or the pool is
   * disposed of.
   * @throws RequestProblem `unavailable`: too many orders are waiting
   */
  async evaluate(order: ValidatableOrder, signal: AbortSignal): Promise<RunResult | undefined> {
    if (signal.aborted) return undefined;
    if (this.#waiting.length >= this.#options.maxWaiting + this.#freeThreads * this.#batchSize) {
      throw createUnavailableProblem('Too many orders are waiting for validation.');
    }
    const pending = this.submit(order);
    const cancel = () => pending.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    const result = await pending.result;
    signal.removeEventListener('abort', cancel);
    return result;
  }

  /**
   * Evaluates an order as soon as a thread is free, however many are waiting. When the pool is disposed of, the result
   * is undefined.
   */
  submit(order: ValidatableOrder): PendingEvaluation {
    const pending = new PendingEvaluation(order, this.#removeWaiting);
    this.#waiting.push(pending);
    // Dispatched in a microtask, so that calls of the same turn share a batch.
    if (!this.#isDispatching) queueMicrotask(this.#dispatchSoon);
    this.#isDispatching = true;
    return pending;
  }

  /** Cancels all evaluations and terminates all threads. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    this.#cancelWaiting();
    await this.#pool.destroy();
  }

  readonly #removeWaiting = (pending: PendingEvaluation): void => {
    const index = this.#waiting.indexOf(pending);
    if (index >= 0) this.#waiting.splice(index, 1);
  };

  readonly #dispatchSoon = (): void => {
    this.#isDispatching = false;
    if (this.#isStopped) this.#cancelWaiting();
    this.#dispatch();
  };

  #dispatch(): void {
    while (this.#freeThreads > 0 && this.#waiting.length > 0 && !this.#isStopped) {
      const share = Math.ceil(this.#waiting.length / this.#freeThreads);
      this.#freeThreads -= 1;
      void this.#evaluateBatch(this.#waiting.splice(0, Math.min(share, this.#batchSize)));
    }
  }

  /** Runs a batch on a thread. Orders without a result return to the front of the queue. */
  async #evaluateBatch(batch: PendingEvaluation[]): Promise<void> {
    const deadline = new BatchDeadline(batch.length, this.#options.timeoutMs);
    for (const [index, pending] of batch.entries()) pending.assign(deadline, index);
    try {
      const task: EvaluationTask = { orders: batch.map(({ order }) => order), times: deadline.times };
      const results: (RunResult | undefined)[] = await this.#pool.run(task, { signal: deadline.signal });
      this.#adaptBatchSize(deadline.computeMsPerOrder(results.length));
      for (const [index, result] of results.entries()) if (result) batch[index]?.settle(result);
    } catch (error) {
      this.#settleInterrupted(batch, deadline, error);
    }
    deadline.end();
    this.#freeThreads += 1;
    this.#waiting.unshift(...batch.filter(({ isSettled }) => !isSettled));
    if (this.#isStopped) this.#cancelWaiting();
    this.#dispatch();
  }

  /** Handles the end of a thread. The orders that did not cause it are evaluated again, in batches of one. */
  #settleInterrupted(batch: readonly PendingEvaluation[], deadline: BatchDeadline, error: unknown): void {
    this.#batchSize = 1;
    if (this.#isStopped) return;
    const reason = deadline.timeoutReason ?? `The thread ended: ${error instanceof Error ? error.message : error}`;
    for (const pending of findInterrupted(batch, deadline)) pending.settle({ state: 'interrupted', error: reason });
  }

  #adaptBatchSize(msPerOrder: number): void {
    this.#batchSize = Math.max(1, Math.min(this.#options.maxBatchSize, Math.floor(targetBatchMs / msPerOrder)));
  }

  #cancelWaiting(): void {
    for (const pending of this.#waiting.splice(0)) pending.settle(undefined);
  }
}

/**
 * Returns the evaluations whose attempt ends with the thread: the order that the thread was evaluating; all, if it had
 * not started; none, if it had finished the batch and only the results were lost. A batch of one always counts, so that
 * no order is repeated forever.
 */
function findInterrupted(batch: readonly PendingEvaluation[], deadline: BatchDeadline): readonly PendingEvaluation[] {
  const { currentIndex } = deadline;
  if (currentIndex !== undefined) return batch.slice(currentIndex, currentIndex + 1);
  return deadline.isDone && batch.length > 1 ? [] : batch;
}
