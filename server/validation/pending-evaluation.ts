// An order that waits for its result, from the call of `RuleWorkerPool.submit` to the end of its evaluation.

import type { RunResult } from '../domain/run.ts';
import type { BatchDeadline } from './batch-deadline.ts';
import type { ValidatableOrder } from './policy/rule-input.ts';

/** The promise of a result, which is settled once. */
export class PendingEvaluation {
  readonly order: ValidatableOrder;
  /** Resolves with undefined if the evaluation is cancelled. */
  readonly result: Promise<RunResult | undefined>;
  readonly #resolve: (result: RunResult | undefined) => void;
  readonly #onCancel: (pending: PendingEvaluation) => void;
  /** The latest batch that includes the order, and its place in it. */
  #deadline: BatchDeadline | undefined;
  #index = 0;
  #isSettled = false;

  /** @param onCancel called when the evaluation is cancelled before its result */
  constructor(order: ValidatableOrder, onCancel: (pending: PendingEvaluation) => void) {
    this.order = order;
    this.#onCancel = onCancel;
    const { promise, resolve } = Promise.withResolvers<RunResult | undefined>();
    this.result = promise;
    this.#resolve = resolve;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Records that the order is now in this place of a batch. */
  assign(deadline: BatchDeadline, index: number): void {
    this.#deadline = deadline;
    this.#index = index;
  }

  /** Settles the evaluation. Further calls have no effect. */
  settle(result: RunResult | undefined): void {
    this.#isSettled = true;
    this.#resolve(result);
  }

  /** Ends the evaluation without a result, also on its thread. Has no effect after its end. */
  cancel(): void {
    if (this.#isSettled) return;
    this.settle(undefined);
    this.#deadline?.cancel(this.#index);
    this.#onCancel(this);
  }
}
