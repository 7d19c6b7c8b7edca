// Judges give the orders that wait to a thread in batches: one that hangs or is slow costs the others nothing but time.

import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../server/domain/run-result.ts';
import type { ValidatableOrder } from '../../server/validation/rule-input.ts';
import { RuleWorkerPool, type RuleWorkerPoolOptions } from '../../server/validation/rule-worker-pool.ts';
import { hangingPolicy, manyItems } from '../kit/hanging-policy.ts';
import { buildOrder } from '../kit/orders.ts';

const { customerId, currency, items } = buildOrder();
const harmless: ValidatableOrder = { reference: null, note: null, metadata: {}, customerId, currency, items };
const hanging: ValidatableOrder = { ...harmless, items: manyItems };
const never = new AbortController().signal;

function startJudges(options: Partial<RuleWorkerPoolOptions> = {}): RuleWorkerPool {
  const policy = { version: 'v', rules: JSON.parse(hangingPolicy).rules };
  const log = pino({ level: 'silent' });
  const patience = { timeoutMs: 200, maxBatchSize: 64, maxWaiting: Number.POSITIVE_INFINITY };
  return new RuleWorkerPool({ policy, log, threads: 1, keepsThreads: true, ...patience, ...options });
}

async function judgeMany(judges: RuleWorkerPool, count: number): Promise<(RunResult | undefined)[]> {
  return Promise.all(Array.from({ length: count }, () => judges.evaluate(harmless, never)));
}

const passed = { state: 'passed' };
const timedOut = { state: 'interrupted', error: 'The rules took longer than 200 ms.' };

describe('judges', () => {
  test('judge many orders at once, each by itself, and are given more the faster they are', async () => {
    await using judges = startJudges();
    expect(judges.capacity).toBe(1);
    expect(await judgeMany(judges, 300)).toEqual(Array.from({ length: 300 }, () => passed));
    expect(judges.capacity).toBeGreaterThan(1);
    await judges.evaluate(hanging, never);
    expect(judges.capacity).toBe(1);
  });

  test.each([0, 7, 19])(
    'blame the one order of a batch that hangs, at place %i, and judge all others',
    async (place) => {
      await using judges = startJudges();
      await judgeMany(judges, 300);
      const orders = Array.from({ length: 20 }, (_, index) => (index === place ? hanging : harmless));
      const outcomes = await Promise.all(orders.map((order) => judges.evaluate(order, never)));
      expect(outcomes).toEqual(orders.map((order) => (order === hanging ? timedOut : passed)));
    },
  );

  test('give every thread its share: an order that hangs on one does not hold up the other', async () => {
    await using judges = startJudges({ threads: 2, timeoutMs: 60_000 });
    await judgeMany(judges, 300);
    const giveUp = new AbortController();
    const stuck = judges.evaluate(hanging, giveUp.signal);
    expect(await judges.evaluate(harmless, never)).toEqual(passed);
    giveUp.abort();
    expect(await stuck).toBeUndefined();
  });

  test('judge the others of a batch when the caller of one that hangs gives it up', async () => {
    await using judges = startJudges({ timeoutMs: 60_000 });
    await judgeMany(judges, 300);
    const giveUp = new AbortController();
    const stuck = judges.evaluate(hanging, giveUp.signal);
    const others = [1, 2].map(() => judges.evaluate(harmless, never));
    await turn();
    giveUp.abort();
    expect(await stuck).toBeUndefined();
    expect(await Promise.all(others)).toEqual([passed, passed]);
  });

  test('do not count the time that an order waits for others of its batch', async () => {
    await using judges = startJudges({ maxBatchSize: 4 });
    await judgeMany(judges, 300);
    expect(judges.capacity).toBe(4);
    const outcomes = await Promise.all(
      [hanging, hanging, hanging, harmless].map((order) => judges.evaluate(order, never)),
    );
    expect(outcomes).toEqual([timedOut, timedOut, timedOut, passed]);
  });

  test('let an order go whose caller gives it up, be it given to a thread or waiting', async () => {
    await using judges = startJudges({ timeoutMs: 60_000, maxBatchSize: 1 });
    const [underWay, waiting] = [new AbortController(), new AbortController()];
    const outcomes = [judges.evaluate(hanging, underWay.signal), judges.evaluate(hanging, waiting.signal)];
    const last = judges.evaluate(harmless, never);
    waiting.abort();
    expect(await outcomes[1]).toBeUndefined();
    underWay.abort();
    expect(await outcomes[0]).toBeUndefined();
    expect(await last).toEqual(passed);
  });

  test('refuse an order where too many wait, and take one again when a place is free', async () => {
    await using judges = startJudges({ timeoutMs: 60_000, maxBatchSize: 1, maxWaiting: 2 });
    const giveUp = new AbortController();
    const kept = Array.from({ length: 3 }, () => judges.evaluate(hanging, giveUp.signal));
    await expect(judges.evaluate(harmless, never)).rejects.toMatchObject({ code: 'unavailable' });
    giveUp.abort();
    expect(await Promise.all(kept)).toEqual(Array.from({ length: 3 }, () => undefined));
    expect(await judges.evaluate(harmless, never)).toEqual(passed);
  });

  test('abandon what waits and what a thread has been given when they stop', async () => {
    const judges = startJudges({ timeoutMs: 60_000 });
    const outcomes = [hanging, harmless, hanging].map((order) => judges.evaluate(order, never));
    await turn();
    await judges[Symbol.asyncDispose]();
    expect(await Promise.all(outcomes)).toEqual(Array.from({ length: 3 }, () => undefined));
    expect(await judges.evaluate(harmless, never)).toBeUndefined();
  });
});
