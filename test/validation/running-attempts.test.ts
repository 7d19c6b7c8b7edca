// The attempts that a node executes: counted, cancelled, and kept until they end.

import { expect, test } from 'vitest';
import { RunningAttempts } from '../../server/validation/running-attempts.ts';

const traits = { runId: 1, canClaimEarly: true, isFetched: false };

/** An attempt that ends when it is cancelled. */
const untilCancelled = ({ signal }: AbortController) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

test('the end of an attempt does not remove a later attempt of the same run', async () => {
  let ended = 0;
  const attempts = new RunningAttempts(() => {
    ended += 1;
  });
  const first = Promise.withResolvers<void>();
  attempts.add(traits, () => first.promise);
  attempts.add({ ...traits, isFetched: true }, untilCancelled);
  first.resolve();
  await first.promise;
  await expect.poll(() => ended).toBe(1);
  expect(attempts.has(1)).toBe(true);
  expect(attempts.count('isFetched', true)).toBe(1);
  await attempts.cancelAll();
  expect([attempts.size, ended]).toEqual([0, 2]);
});

test('cancelling all attempts also waits for those that begin meanwhile', async () => {
  const attempts = new RunningAttempts(() => {});
  attempts.add(traits, async (cancellation) => {
    await untilCancelled(cancellation);
    attempts.add({ ...traits, runId: 2 }, untilCancelled);
  });
  await attempts.cancelAll();
  expect(attempts.size).toBe(0);
});
