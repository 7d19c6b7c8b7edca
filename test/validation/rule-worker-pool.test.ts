// The rule worker pool: batches of waiting orders, time limits and cancellation. An order that hangs or is slow only
// delays the others.

import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../server/domain/run.ts';
import type { ValidatableOrder } from '../../server/validation/policy/rule-input.ts';
import { RuleWorkerPool, type RuleWorkerPoolOptions } from '../../server/validation/rule-worker-pool.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { hangingPolicy, manyItems } from '../kit/service/hanging-policy.ts';

const { customerId, currency, items } = buildOrder();
const harmless: ValidatableOrder = {
  reference: null,
  note: null,
  metadata: {},
  customerId,
  currency,
  items: [...items],
};
const hanging: ValidatableOrder = { ...harmless, items: manyItems };
const neverAborts = new AbortController().signal;

function startPool(options: Partial<RuleWorkerPoolOptions> = {}): RuleWorkerPool {
  const { rules } = JSON.parse(hangingPolicy);
  const log = pino({ level: 'silent' });
  const limits = { timeoutMs: 200, maxBatchSize: 64, maxWaiting: Number.POSITIVE_INFINITY };
  return new RuleWorkerPool({ rules, log, threads: 1, keepsThreads: true, ...limits, ...options });
}

async function evaluateMany(pool: RuleWorkerPool, count: number): Promise<(RunResult | undefined)[]> {
  return Promise.all(Array.from({ length: count }, () => pool.evaluate(harmless, neverAborts)));
}

const passed = { state: 'passed' };
const timedOut = { state: 'interrupted', error: 'The rules took longer than 200 ms.' };

describe('the rule worker pool', () => {
  test('the rule worker pool evaluates each of many orders, and enlarges the batches of fast threads', async () => {
    await using pool = startPool();
    expect(pool.capacity).toBe(1);
    expect(await evaluateMany(pool, 300)).toEqual(Array.from({ length: 300 }, () => passed));
    expect(pool.capacity).toBeGreaterThan(1);
    await pool.evaluate(hanging, neverAborts);
    expect(pool.capacity).toBe(1);
  });

  test.each([0, 7, 19])(
    'an order that hangs at index %i of a batch is interrupted, and all others are evaluated',
    async (hangingIndex) => {
      await using pool = startPool();
      await evaluateMany(pool, 300);
      const orders = Array.from({ length: 20 }, (_, index) => (index === hangingIndex ? hanging : harmless));
      const results = await Promise.all(orders.map((order) => pool.evaluate(order, neverAborts)));
      expect(results).toEqual(orders.map((order) => (order === hanging ? timedOut : passed)));
    },
  );

  test('an order that hangs on one thread does not delay an order on another thread', async () => {
    await using pool = startPool({ threads: 2, timeoutMs: 60_000 });
    await evaluateMany(pool, 300);
    const cancellation = new AbortController();
    const stuckResult = pool.evaluate(hanging, cancellation.signal);
    expect(await pool.evaluate(harmless, neverAborts)).toEqual(passed);
    cancellation.abort();
    expect(await stuckResult).toBeUndefined();
  });

  test('the other orders of a batch are evaluated when the caller cancels the one that hangs', async () => {
    await using pool = startPool({ timeoutMs: 60_000 });
    await evaluateMany(pool, 300);
    const cancellation = new AbortController();
    const stuckResult = pool.evaluate(hanging, cancellation.signal);
    const others = [1, 2].map(() => pool.evaluate(harmless, neverAborts));
    await turn();
    cancellation.abort();
    expect(await stuckResult).toBeUndefined();
    expect(await Promise.all(others)).toEqual([passed, passed]);
  });

  test('the time that an order waits for others of its batch does not count towards its limit', async () => {
    await using pool = startPool({ maxBatchSize: 4 });
    await evaluateMany(pool, 300);
    expect(pool.capacity).toBe(4);
    const results = await Promise.all(
      [hanging, hanging, hanging, harmless].map((order) => pool.evaluate(order, neverAborts)),
    );
    expect(results).toEqual([timedOut, timedOut, timedOut, passed]);
  });

  test('an order can be cancelled while it waits and while it is evaluated', async () => {
    await using pool = startPool({ timeoutMs: 60_000, maxBatchSize: 1 });
    const [running, waiting] = [new AbortController(), new AbortController()];
    const results = [pool.evaluate(hanging, running.signal), pool.evaluate(hanging, waiting.signal)];
    const last = pool.evaluate(harmless, neverAborts);
    waiting.abort();
    expect(await results[1]).toBeUndefined();
    running.abort();
    expect(await results[0]).toBeUndefined();
    expect(await last).toEqual(passed);
  });

  test('an order is refused while too many are waiting, and accepted again afterwards', async () => {
    await using pool = startPool({ timeoutMs: 60_000, maxBatchSize: 1, maxWaiting: 2 });
    const cancellation = new AbortController();
    const stuckResults = Array.from({ length: 3 }, () => pool.evaluate(hanging, cancellation.signal));
    await expect(pool.evaluate(harmless, neverAborts)).rejects.toMatchObject({ code: 'unavailable' });
    cancellation.abort();
    expect(await Promise.all(stuckResults)).toEqual(Array.from({ length: 3 }, () => undefined));
    expect(await pool.evaluate(harmless, neverAborts)).toEqual(passed);
  });

  test('disposing of the rule worker pool cancels waiting and running evaluations', async () => {
    const pool = startPool({ timeoutMs: 60_000 });
    const results = [hanging, harmless, hanging].map((order) => pool.evaluate(order, neverAborts));
    await turn();
    await pool[Symbol.asyncDispose]();
    expect(await Promise.all(results)).toEqual(Array.from({ length: 3 }, () => undefined));
    expect(await pool.evaluate(harmless, neverAborts)).toBeUndefined();
  });
});
