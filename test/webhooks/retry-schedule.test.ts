// The retry schedule of failed deliveries: exponential backoff with jitter, Retry-After, and the end after 24 h.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { computeNextAttemptAtMs } from '../../server/webhooks/retry-schedule.ts';

const second = 1_000;
const hour = 3_600 * second;
const since = Date.UTC(2026, 4, 4);
const endOfDay = since + 24 * hour;
const failing = { failures: 1, failingSinceMs: since, nowMs: since, retryAfterMs: null, random: () => 0.5 };

/** Returns the times of the attempts after the first failure if all fail, and each takes `tookMs`. */
function attempts(random: () => number, tookMs = 0, retryAfterMs: number | null = null): number[] {
  const moments: number[] = [];
  let now = since;
  for (let failures = 1; ; failures += 1) {
    const next = computeNextAttemptAtMs({ failures, failingSinceMs: since, nowMs: now, retryAfterMs, random });
    if (next === undefined) return moments;
    moments.push(next);
    now = next + tookMs;
  }
}

describe('the pause after a failure', () => {
  test.each([
    [1, 5 * second],
    [2, 20 * second],
    [3, 80 * second],
    [4, 320 * second],
    [5, 1_280 * second],
    [6, 5_120 * second],
    [7, 4 * hour],
    [8, 4 * hour],
    [1_000, 4 * hour],
  ])('the pause after failure %i is %i ms ± 20 %%', (failures, pauseMs) => {
    const pauseWith = (random: number) =>
      Number(computeNextAttemptAtMs({ ...failing, failures, random: () => random })) - since;
    expect(pauseWith(0.5)).toBe(pauseMs);
    expect(pauseWith(0)).toBe(pauseMs * 0.8);
    expect(pauseWith(0.999_999_999)).toBe(pauseMs * 1.2);
  });

  test('a longer Retry-After extends the pause', () => {
    expect(computeNextAttemptAtMs({ ...failing, retryAfterMs: 60 * second })).toBe(since + 60 * second);
    expect(computeNextAttemptAtMs({ ...failing, retryAfterMs: second })).toBe(since + 5 * second);
    expect(computeNextAttemptAtMs({ ...failing, retryAfterMs: 0 })).toBe(since + 5 * second);
  });

  test('no pause extends beyond the 24 h of retries', () => {
    expect(computeNextAttemptAtMs({ ...failing, retryAfterMs: 999_999_999_000 })).toBe(endOfDay);
    expect(computeNextAttemptAtMs({ ...failing, failures: 8, nowMs: endOfDay - hour })).toBe(endOfDay);
  });
});

describe('a day of failure', () => {
  test('retries end with an attempt after exactly 24 h', () => {
    expect(attempts(() => 0.5).map((moment) => Math.round((moment - since) / second))).toEqual([
      5, 25, 105, 425, 1_705, 6_825, 21_225, 35_625, 50_025, 64_425, 78_825, 86_400,
    ]);
    expect(computeNextAttemptAtMs({ ...failing, nowMs: endOfDay })).toBeUndefined();
    expect(computeNextAttemptAtMs({ ...failing, nowMs: endOfDay - 4 * second })).toBeUndefined();
    expect(computeNextAttemptAtMs({ ...failing, nowMs: endOfDay - 5 * second })).toBe(endOfDay);
    expect(computeNextAttemptAtMs({ ...failing, nowMs: endOfDay + hour, retryAfterMs: hour })).toBeUndefined();
  });

  test('attempts are at least 4 s apart and the last one is at the end of the 24 h', () => {
    const receiver = fc.record({
      randoms: fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1, maxLength: 30 }),
      tookMs: fc.integer({ min: 0, max: 10 * second }),
      retryAfterMs: fc.option(fc.integer({ min: 0, max: 30 * hour })),
    });
    fc.assert(
      fc.property(receiver, ({ randoms, tookMs, retryAfterMs }) => {
        let index = 0;
        const random = () => randoms[index++ % randoms.length] ?? 0;
        const moments = attempts(random, tookMs, retryAfterMs);
        const gaps = moments.map((moment, at) => moment - (moments[at - 1] ?? since));
        expect(Math.min(...gaps)).toBeGreaterThanOrEqual(4 * second);
        expect(Math.max(...moments)).toBeLessThanOrEqual(endOfDay);
        expect(Math.max(...moments)).toBeGreaterThan(endOfDay - 15 * second - 1);
        expect(moments.length).toBeLessThan(20);
        expect(moments.length).toBeGreaterThanOrEqual(retryAfterMs === null ? 11 : 1);
      }),
    );
  });
});
