// The delays between the attempts of a validation.

import { describe, expect, test } from 'vitest';
import { computeRetryDelayMs } from '../../server/validation/backoff.ts';

describe('the retry delay', () => {
  test.each([
    [1, 100, 200],
    [2, 200, 400],
    [3, 400, 800],
    [6, 2_500, 5_000],
    [100, 2_500, 5_000],
  ])('the delay after attempt %i is between %i and %i ms', (attempt, least, most) => {
    expect(computeRetryDelayMs(attempt, () => 0)).toBe(least);
    expect(computeRetryDelayMs(attempt, () => 0.999_999)).toBe(most);
  });
});
