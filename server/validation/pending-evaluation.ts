// An order that waits for its result, from the call of `RuleWorkerPool.evaluate` to its return.

import type { RunResult } from '../domain/run.ts';
import type { ValidatableOrder } from './policy/rule-input.ts';

/** The promise of a result, which is settled once. */
export class PendingEvaluation {
  readonly order: ValidatableOrder;
  /** Resolves with undefined if the evaluation is cancelled. */
  readonly result: Promise<RunResult | undefined>;
  readonly #resolve: (result: RunResult | undefined) => void;
  #isSettled = false;
  /** Called once, when the evaluation is settled. */
  onSettled: (() => void) | undefined;

  constructor(order: ValidatableOrder) {
    this.order = order;
    const { promise, resolve } = Promise.withResolvers<RunResult | undefined>();
    this.result = promise;
    this.#resolve = resolve;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Settles the evaluation; undefined cancels it. Further calls have no effect. */
  settle(result: RunResult | undefined): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#resolve(result);
    this.onSettled?.();
  }
}
