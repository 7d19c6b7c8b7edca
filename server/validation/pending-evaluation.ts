// An order that is to be judged, from when somebody asks until the outcome is known.

import type { ValidatableOrder } from './rule-input.ts';
import type { Evaluation } from './rule-worker.ts';

/** `exhausted`: time or memory ran out, and another attempt may help. `abandoned`: the caller gave it up. */
export type EvaluationOutcome = Evaluation | { kind: 'exhausted'; error: string } | { kind: 'abandoned' };

export class PendingEvaluation {
  readonly order: ValidatableOrder;
  readonly outcome: Promise<EvaluationOutcome>;
  readonly #resolve: (outcome: EvaluationOutcome) => void;
  #isSettled = false;
  /** Told when the outcome is known. */
  onSettled: (() => void) | undefined;

  constructor(order: ValidatableOrder) {
    this.order = order;
    const { promise, resolve } = Promise.withResolvers<EvaluationOutcome>();
    this.outcome = promise;
    this.#resolve = resolve;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** The first outcome counts. */
  settle(outcome: EvaluationOutcome): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#resolve(outcome);
    this.onSettled?.();
  }
}
