// Periodic tasks: the first run starts at once, runs do not overlap, and errors are logged.

import { once } from 'node:events';
import { setInterval } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { startPeriodicTask } from '../../server/shared/periodic-task.ts';

/** Creates a log that records its lines, and the options of a task that writes to it. */
function createOptions() {
  const logLines: { msg: string; err: { message: string } }[] = [];
  const log = pino({}, { write: (line) => logLines.push(JSON.parse(line)) });
  return { logLines, options: { log, intervalMs: 1, failure: 'task failed' } };
}

/** Waits until a later timer with the same interval has fired three times; the task's timer has then fired as well. */
async function waitForIntervals(): Promise<void> {
  let ticks = 0;
  for await (const _ of setInterval(1)) {
    ticks += 1;
    if (ticks === 3) return;
  }
}

test('a periodic task runs at once and then at every interval', async () => {
  const { options } = createOptions();
  const { promise: thirdRun, resolve } = Promise.withResolvers<void>();
  let runs = 0;
  const work = async () => {
    runs += 1;
    if (runs === 3) resolve();
  };
  using task = startPeriodicTask(work, options);
  expect(runs).toBe(1);
  await task.first;
  await thirdRun;
});

test('a failed run of a periodic task is logged, and the next run follows', async () => {
  const { logLines, options } = createOptions();
  const { promise: secondRun, resolve } = Promise.withResolvers<void>();
  let runs = 0;
  const work = async () => {
    runs += 1;
    if (runs === 1) throw new Error('not now');
    resolve();
  };
  using task = startPeriodicTask(work, options);
  await task.first;
  expect(logLines).toMatchObject([{ msg: 'task failed', err: { message: 'not now' } }]);
  await secondRun;
  expect(logLines).toHaveLength(1);
});

test('runs of a periodic task do not overlap', async () => {
  const { options } = createOptions();
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  let runs = 0;
  const work = async () => {
    runs += 1;
    await finished;
  };
  using task = startPeriodicTask(work, options);
  await waitForIntervals();
  expect(runs).toBe(1);
  finish();
  await task.first;
});

test('disposing of a periodic task aborts its signal, and later failures are not logged', async () => {
  const { logLines, options } = createOptions();
  let runs = 0;
  const work = async (stop: AbortSignal) => {
    runs += 1;
    await once(stop, 'abort');
    throw new Error('the database is closed');
  };
  const task = startPeriodicTask(work, options);
  task[Symbol.dispose]();
  await task.first;
  await waitForIntervals();
  expect({ runs, logLines }).toEqual({ runs: 1, logLines: [] });
});
