// When rate-limit counts are sent to other nodes: only while there are counts to send.

import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { CallerCount } from '../../server/database/caller-counts.ts';
import { RateLimitSync } from '../../server/http/caller-limits/rate-limit-sync.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Creates a sync with one counter, on a database that records what it is sent. */
function createSync() {
  const database = { sent: [] as number[][], isReachable: true };
  const counts = {
    async add(added: readonly CallerCount[]) {
      if (!database.isReachable) throw new Error('no database');
      database.sent.push(added.map(({ count }) => count));
      return [...added];
    },
    purge: async () => {},
  };
  const log = pino({ level: 'silent' });
  const sync = new RateLimitSync({ counts, log, rateLimitSyncMs: 1_000, now: Date.now });
  return { database, counter: sync.createCounter('reads'), [Symbol.dispose]: () => sync[Symbol.dispose]() };
}

test('rate-limit counts are sent a second after the first of them, and nothing is sent without requests', async () => {
  using setup = createSync();
  await vi.advanceTimersByTimeAsync(10_000);
  expect([setup.database.sent, vi.getTimerCount()]).toEqual([[], 0]);
  for (let count = 0; count < 3; count += 1) setup.counter.increment('ann', Date.now());
  await vi.advanceTimersByTimeAsync(999);
  expect(setup.database.sent).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(setup.database.sent).toEqual([[3]]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect([setup.database.sent, vi.getTimerCount()]).toEqual([[[3]], 0]);
});

test('rate-limit counts that could not be sent are sent again', async () => {
  using setup = createSync();
  setup.database.isReachable = false;
  setup.counter.increment('ann', Date.now());
  await vi.advanceTimersByTimeAsync(1_000);
  setup.database.isReachable = true;
  setup.counter.increment('ann', Date.now());
  await vi.advanceTimersByTimeAsync(1_000);
  expect(setup.database.sent).toEqual([[2]]);
});

test('rate-limit counts are not sent after the end of the service', async () => {
  const setup = createSync();
  setup.counter.increment('ann', Date.now());
  setup[Symbol.dispose]();
  setup.counter.increment('ben', Date.now());
  expect(vi.getTimerCount()).toBe(0);
});
