// The commands by which the background takes a run through its life.

import type { Finding } from '../../contract/finding.ts';
import type { OrderState } from './order.ts';
import type { RunState } from './run.ts';

/** A run as it was seen. Where its fence has risen since, somebody else has claimed it, or it was put back. */
export type FencedRun = { runId: number; fence: number };

/** How an attempt ended. `retry`: it could not be finished, and another may; it waits `delayMs` first. */
export type Verdict =
  | { kind: 'passed' }
  | { kind: 'failed'; findings: Finding[] }
  | { kind: 'dead'; error: string }
  | { kind: 'retry'; error: string; delayMs: number };

/** A run that this process may work on, as long as its lease lasts and nobody has claimed it since. */
export type ClaimedRun = { run: RunState; order: OrderState };

export type RunCommands = {
  /** Begins an attempt. Answers nothing where there is nothing to do any more, or somebody else has begun one. */
  'run.claim': { input: FencedRun & { leaseMs: number; policyVersion: string }; result: ClaimedRun | undefined };
  /** Prolongs the lease. Answers whether the claim still holds. */
  'run.renew': { input: FencedRun & { leaseMs: number }; result: boolean };
  /** Ends an attempt. Answers whether the claim still held, so that the verdict counts. */
  'run.settle': { input: FencedRun & { verdict: Verdict }; result: boolean };
  /** Gives a claim back without a verdict. The attempt counts only if it may have been the run that ended it. */
  'run.release': { input: FencedRun & { countsAsAttempt: boolean }; result: boolean };
  /** Gives an open run that has lost its job a new one. Answers whether it waits, so that nobody works on it. */
  'run.requeue': { input: FencedRun; result: boolean };
};
