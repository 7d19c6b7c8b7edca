// The loop that polls for work: it sleeps until work becomes due, it is woken, or its interval has passed.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { computePollDelayMs, WorkLoop } from '../../server/shared/work-loop.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Starts a loop that counts its polls, with a pause of one second after each. */
function startLoop(onPoll = async () => {}) {
  const polls = { count: 0 };
  const loop = new WorkLoop(async () => {
    polls.count += 1;
    await onPoll();
    return 1_000;
  });
  loop.start();
  return { loop, polls };
}

test('a loop polls at once, and then only after the pause', async () => {
  const { loop, polls } = startLoop();
  await vi.advanceTimersByTimeAsync(999);
  expect(polls.count).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(polls.count).toBe(2);
  await loop[Symbol.asyncDispose]();
  expect([polls.count, vi.getTimerCount()]).toEqual([2, 0]);
});

test('a loop that is woken polls at once, and its pause begins again', async () => {
  const { loop, polls } = startLoop();
  await vi.advanceTimersByTimeAsync(600);
  loop.wake();
  await vi.advanceTimersByTimeAsync(999);
  expect([polls.count, vi.getTimerCount()]).toEqual([2, 1]);
  await vi.advanceTimersByTimeAsync(1);
  expect(polls.count).toBe(3);
  await loop[Symbol.asyncDispose]();
});

test('a loop that is woken several times during a poll polls once more', async () => {
  const polling = Promise.withResolvers<void>();
  const { loop, polls } = startLoop(() => polling.promise);
  for (let count = 0; count < 3; count += 1) loop.wake();
  polling.resolve();
  await vi.advanceTimersByTimeAsync(999);
  expect(polls.count).toBe(2);
  await loop[Symbol.asyncDispose]();
});

test.each([
  ['nothing is due', undefined, 5_000],
  ['work becomes due before the interval has passed', 10_700, 700],
  ['work becomes due later', 60_000, 5_000],
  ['due work could not be started', 9_000, 1_000],
])('the next poll is as late as possible if %s', (_, nextDueAtMs, expected) => {
  expect(computePollDelayMs(nextDueAtMs, 10_000, { pollMs: 5_000, retryMs: 1_000 })).toBe(expected);
});
