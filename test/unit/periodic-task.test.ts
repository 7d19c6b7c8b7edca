// Work that is done again and again: at once, one round after the other, until nobody wants it any more.

import { once } from 'node:events';
import { setInterval } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { startPeriodicTask } from '../../server/shared/periodic-task.ts';

/** A log that remembers what it was told, and periodic work that writes to it. */
function scene() {
  const logged: { msg: string; err: { message: string } }[] = [];
  const log = pino({}, { write: (line) => logged.push(JSON.parse(line)) });
  return { logged, options: { log, intervalMs: 1, failure: 'cannot do it' } };
}

/** Until a timer of the same interval that was set later has gone off several times: the former has, too. */
async function someIntervals(): Promise<void> {
  let ticks = 0;
  for await (const _ of setInterval(1)) {
    ticks += 1;
    if (ticks === 3) return;
  }
}

test('is done at once, and at every interval', async () => {
  const { options } = scene();
  const { promise: thrice, resolve } = Promise.withResolvers<void>();
  let rounds = 0;
  const work = async () => {
    rounds += 1;
    if (rounds === 3) resolve();
  };
  using periodic = startPeriodicTask(work, options);
  expect(rounds).toBe(1);
  await periodic.first;
  await thrice;
});

test('is left to the next time where it cannot be done, and the log says so', async () => {
  const { logged, options } = scene();
  const { promise: again, resolve } = Promise.withResolvers<void>();
  let rounds = 0;
  const work = async () => {
    rounds += 1;
    if (rounds === 1) throw new Error('not now');
    resolve();
  };
  using periodic = startPeriodicTask(work, options);
  await periodic.first;
  expect(logged).toMatchObject([{ msg: 'cannot do it', err: { message: 'not now' } }]);
  await again;
  expect(logged).toHaveLength(1);
});

test('is never done twice at a time', async () => {
  const { options } = scene();
  const { promise: end, resolve: finish } = Promise.withResolvers<void>();
  let rounds = 0;
  const work = async () => {
    rounds += 1;
    await end;
  };
  using periodic = startPeriodicTask(work, options);
  await someIntervals();
  expect(rounds).toBe(1);
  finish();
  await periodic.first;
});

test('is told to stop when it is disposed of, and what fails from then on is no fault', async () => {
  const { logged, options } = scene();
  let rounds = 0;
  const work = async (stop: AbortSignal) => {
    rounds += 1;
    await once(stop, 'abort');
    throw new Error('the database is closed');
  };
  const periodic = startPeriodicTask(work, options);
  periodic[Symbol.dispose]();
  await periodic.first;
  await someIntervals();
  expect({ rounds, logged }).toEqual({ rounds: 1, logged: [] });
});
