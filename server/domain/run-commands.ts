// The commands that take a validation run from its job to its result. The runner and the reconciler execute them.

import type { OrderState } from './order.ts';
import type { RunResult, RunState } from './run.ts';

/** A run with the fence that was read. If the stored fence is higher, the run has been claimed or requeued since. */
export type FencedRun = { runId: number; fence: number };

/** A run that this process may evaluate until its lease expires, and the order as it was claimed. */
export type ClaimedRun = { run: RunState; order: OrderState };

/** Command type → its input and its result. Durations are in milliseconds. */
export type RunCommands = {
  /**
   * Starts an attempt. The result is undefined if the run has ended, has no attempts left (it becomes dead), or was
   * claimed or requeued since it was read.
   */
  'run.claim': { input: FencedRun & { leaseMs: number; policyVersion: string }; result: ClaimedRun | undefined };
  /** Extends the lease. The result says whether the claim is still valid. */
  'run.renew': { input: FencedRun & { leaseMs: number }; result: boolean };
  /**
   * Ends an attempt; after an interrupted one, the run is due again in `retryDelayMs`. The result says whether the
   * claim was still valid; if not, nothing changes.
   */
  'run.settle': { input: FencedRun & { result: RunResult; retryDelayMs: number }; result: boolean };
  /**
   * Queues a claimed run again without a result. The attempt counts only if the run may have ended the process. The
   * result says whether the claim was still valid.
   */
  'run.release': { input: FencedRun & { countsAsAttempt: boolean }; result: boolean };
  /** Gives an open run that has lost its job a new one. The result is false if the run has ended or changed since. */
  'run.requeue': { input: FencedRun; result: boolean };
};
