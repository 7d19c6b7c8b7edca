// The result of one attempt to validate an order: one type from the worker thread to the commit.

import type { Finding } from '../../contract/finding.ts';

/**
 * How an attempt ended. Worker threads return `passed`, `failed` or `dead`; the rule worker pool adds `interrupted`;
 * the command `run.settle` commits the result. An evaluation that its caller cancels has no result: it is `undefined`.
 */
export type RunResult =
  /** Every rule is true. */
  | { state: 'passed' }
  /** At least one rule is false. */
  | { state: 'failed'; findings: Finding[] }
  /** A rule cannot be evaluated. Another attempt would fail in the same way. */
  | { state: 'dead'; error: string }
  /** Time or memory ran out. The run is queued again while it has attempts left, and becomes `dead` after the last. */
  | { state: 'interrupted'; error: string };
