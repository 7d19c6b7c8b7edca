// The attempts that a node executes: counted, cancelled, and kept until they end.

import { expect, test } from 'vitest';
import type { RunState } from '../../server/domain/run.ts';
import type { ClaimedRun } from '../../server/domain/run-commands.ts';
import { PendingEvaluation } from '../../server/validation/pending-evaluation.ts';
import type { RuleWorkerPool } from '../../server/validation/rule-worker-pool.ts';
import { RunAttempt } from '../../server/validation/run-attempt.ts';
import { RunningAttempts } from '../../server/validation/running-attempts.ts';

const claim = { run: { fence: 1 } as RunState, order: {} } as ClaimedRun;

/** A pool whose evaluations end only when they are cancelled. */
const hangingPool = {
  submit: () => new PendingEvaluation({} as PendingEvaluation['order'], () => {}),
} as unknown as RuleWorkerPool;

/** Adds an attempt that ends when it is cancelled. */
function start(attempts: RunningAttempts, attempt: RunAttempt, onEnd = () => {}): void {
  attempts.add(attempt);
  attempt.completion = attempt.evaluate(claim, hangingPool).then(() => {
    onEnd();
    attempts.remove(attempt);
  });
}

test('the end of an attempt does not remove a later attempt of the same run', async () => {
  const attempts = new RunningAttempts();
  const first = new RunAttempt(1);
  start(attempts, first);
  start(attempts, new RunAttempt(1, { runId: 1, fence: 1, canClaimEarly: false }));
  first.cancel();
  await first.completion;
  expect(attempts.has(1)).toBe(true);
  expect([attempts.size, attempts.fetched, attempts.late]).toEqual([1, 1, 1]);
  await attempts.cancelAll();
  expect(attempts.size).toBe(0);
});

test('cancelling all attempts also waits for those that begin meanwhile', async () => {
  const attempts = new RunningAttempts();
  start(attempts, new RunAttempt(1), () => start(attempts, new RunAttempt(2)));
  await attempts.cancelAll();
  expect(attempts.size).toBe(0);
});

test('an attempt that is cancelled before its claim is not evaluated', async () => {
  const attempt = new RunAttempt(1);
  attempt.cancel();
  expect(await attempt.evaluate(claim, hangingPool)).toBeUndefined();
});
