// An attempt of a validation run on this node.

import type { RunResult } from '../domain/run.ts';
import type { ClaimedRun } from '../domain/run-commands.ts';
import type { PendingEvaluation } from './pending-evaluation.ts';
import type { DueRun } from './queue/job-queue.ts';
import type { RuleWorkerPool } from './rule-worker-pool.ts';

export class RunAttempt {
  readonly runId: number;
  /** The run as the queue returned it; undefined if the attempt began with a commit. */
  readonly due: DueRun | undefined;
  /** Resolves when the attempt has ended. */
  completion: Promise<void> = Promise.resolve();
  /** The fence of the claim; undefined before it. */
  fence: number | undefined;
  /** When the lease was claimed or renewed last, in milliseconds of the monotonic clock. */
  renewedAtMs = 0;
  #evaluation: PendingEvaluation | undefined;
  #isCancelled = false;

  constructor(runId: number, due?: DueRun) {
    this.runId = runId;
    this.due = due;
  }

  /** See `canClaimEarly` of the queue. */
  get canClaimEarly(): boolean {
    return this.due?.canClaimEarly ?? true;
  }

  /** Evaluates the order of the claim. Resolves with undefined if the attempt is cancelled. */
  async evaluate({ run, order }: ClaimedRun, ruleWorkers: RuleWorkerPool): Promise<RunResult | undefined> {
    if (this.#isCancelled) return undefined;
    this.fence = run.fence;
    this.renewedAtMs = performance.now();
    this.#evaluation = ruleWorkers.submit(order);
    return await this.#evaluation.result;
  }

  /** Abandons the evaluation. */
  cancel(): void {
    this.#isCancelled = true;
    this.#evaluation?.cancel();
  }
}
