// When the runner polls its queue, and its timers: with fake timers, a queue in memory, and evaluations that the test
// ends.

import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Command, Execute } from '../../server/domain/commands.ts';
import type { RunState } from '../../server/domain/run.ts';
import type { ClaimedRun } from '../../server/domain/run-commands.ts';
import { PendingEvaluation } from '../../server/validation/pending-evaluation.ts';
import type { DueRun, JobQueue } from '../../server/validation/queue/job-queue.ts';
import type { RuleWorkerPool } from '../../server/validation/rule-worker-pool.ts';
import { Runner } from '../../server/validation/runner.ts';
import { waitUntil } from '../kit/wait-until.ts';

const leaseMs = 15_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function buildClaim(runId: number): ClaimedRun {
  return { run: { id: runId, fence: 1, attempt: 1 } as RunState, order: {} as ClaimedRun['order'] };
}

const buildDueRun = (runId: number): DueRun => ({ runId, fence: 0, canClaimEarly: true });

/** Starts a runner with 4 threads, on which 8 attempts may run. Tests change the members of the result. */
async function startRunner({ retryMs } = { retryMs: 1_000 }) {
  const setup = {
    due: [] as DueRun[],
    nextDueAtMs: undefined as number | undefined,
    polls: 0,
    failsPolls: false,
    failsCommands: false,
    commands: [] as Command[],
    isClaimValid: true,
    evaluations: [] as PendingEvaluation[],
  };
  const queue = {
    findAbandoned: async () => [],
    async findDue(limit: number) {
      setup.polls += 1;
      if (setup.failsPolls) throw new Error('no database');
      return setup.due.slice(0, limit);
    },
    findNextDueAtMs: async () => setup.nextDueAtMs,
    release: () => {},
  } as unknown as JobQueue;
  const execute = (async (command: Command) => {
    if (setup.failsCommands) throw new Error('no commit');
    setup.commands.push(command);
    if (command.type !== 'run.claim') return setup.isClaimValid;
    setup.due = setup.due.filter(({ runId }) => runId !== command.runId);
    return buildClaim(command.runId);
  }) as Execute;
  const ruleWorkers = {
    threads: 4,
    capacity: 4,
    submit(order: PendingEvaluation['order']) {
      const pending = new PendingEvaluation(order, () => {});
      setup.evaluations.push(pending);
      return pending;
    },
  } as unknown as RuleWorkerPool;
  const log = pino({ level: 'silent' });
  const times = { pollMs: 5_000, retryMs, leaseMs, now: Date.now, random: () => 0 };
  const runner = new Runner({ execute, queue, ruleWorkers, policyVersion: 'p', log, ...times });
  await runner.start();
  await vi.advanceTimersByTimeAsync(0);
  const renewed = () => setup.commands.flatMap((command) => (command.type === 'run.renew' ? command.runId : []));
  return Object.assign(setup, { runner, renewed, [Symbol.asyncDispose]: () => runner[Symbol.asyncDispose]() });
}

describe('the polls of the runner', () => {
  test('a runner without due runs polls only at its interval', async () => {
    await using setup = await startRunner();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(setup.polls).toBe(1 + 12);
  });

  test('a runner polls when the next run becomes due, for example after a pause or when a lease expires', async () => {
    await using setup = await startRunner();
    setup.nextDueAtMs = Date.now() + 700;
    setup.runner.wake();
    await vi.advanceTimersByTimeAsync(699);
    expect(setup.polls).toBe(2);
    setup.due = [buildDueRun(7)];
    await vi.advanceTimersByTimeAsync(1);
    expect(setup.polls).toBe(3);
    expect(setup.commands).toMatchObject([{ type: 'run.claim', runId: 7 }]);
  });

  test('a poll that failed is repeated after a second', async () => {
    await using setup = await startRunner();
    setup.failsPolls = true;
    setup.runner.wake();
    await vi.advanceTimersByTimeAsync(0);
    expect(setup.runner.isHealthy).toBe(false);
    setup.failsPolls = false;
    await vi.advanceTimersByTimeAsync(1_000);
    expect([setup.polls, setup.runner.isHealthy]).toEqual([3, true]);
  });

  test('the end of an attempt that began with its commit is no reason to poll', async () => {
    await using setup = await startRunner();
    setup.runner.begin([buildClaim(1), buildClaim(2)]);
    for (const evaluation of setup.evaluations) evaluation.settle({ state: 'passed' });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(setup.commands.map(({ type }) => type)).toEqual(['run.settle', 'run.settle']);
    expect(setup.polls).toBe(1);
  });

  test('while more runs are due than may start, each end of an attempt starts the next run at once', async () => {
    await using setup = await startRunner();
    setup.due = Array.from({ length: 10 }, (_, index) => buildDueRun(index + 1));
    setup.runner.wake();
    await vi.advanceTimersByTimeAsync(0);
    expect(setup.evaluations).toHaveLength(8);
    for (const expected of [9, 10]) {
      setup.evaluations.find(({ isSettled }) => !isSettled)?.settle({ state: 'passed' });
      await vi.advanceTimersByTimeAsync(0);
      expect(setup.evaluations).toHaveLength(expected);
    }
  });

  test('a run whose claim failed is looked for again', async () => {
    // The pause after a failure does not use the fake timers.
    await using setup = await startRunner({ retryMs: 1 });
    setup.due = [buildDueRun(1)];
    setup.failsCommands = true;
    setup.runner.wake();
    await vi.advanceTimersByTimeAsync(0);
    setup.failsCommands = false;
    const [command] = await waitUntil(
      () => setup.commands,
      ({ length }) => length > 0,
    );
    expect(command).toMatchObject({ type: 'run.claim', runId: 1 });
  });
});

describe('the leases of running attempts', () => {
  test('a hundred attempts share one timer, which ends with the last of them', async () => {
    await using setup = await startRunner();
    const timers = vi.getTimerCount();
    setup.runner.begin(Array.from({ length: 100 }, (_, index) => buildClaim(index + 1)));
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(timers + 1);
    for (const evaluation of setup.evaluations) evaluation.settle({ state: 'passed' });
    await vi.advanceTimersByTimeAsync(leaseMs);
    expect(vi.getTimerCount()).toBe(timers);
    expect(setup.renewed()).toEqual([]);
  });

  test('every lease is renewed at least three times in its duration, whenever the attempt began', async () => {
    await using setup = await startRunner();
    setup.runner.begin([buildClaim(1)]);
    await vi.advanceTimersByTimeAsync(leaseMs / 6 - 1);
    setup.runner.begin([buildClaim(2)]);
    await vi.advanceTimersByTimeAsync(leaseMs);
    for (const runId of [1, 2]) expect(setup.renewed().filter((id) => id === runId).length).toBeGreaterThanOrEqual(3);
  });

  test('an attempt whose lease is lost is abandoned', async () => {
    await using setup = await startRunner();
    setup.runner.begin([buildClaim(1)]);
    setup.isClaimValid = false;
    await vi.advanceTimersByTimeAsync(leaseMs / 3);
    expect(await setup.evaluations[0]?.result).toBeUndefined();
  });
});
