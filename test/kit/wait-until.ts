// Polling for a condition, in place of sleeps.

import { setTimeout } from 'node:timers/promises';

const pollIntervalMs = 5;

/**
 * Reads a value repeatedly until `isDone` returns true for it, and returns that value.
 * @param deadlineMs @default 20,000
 * @throws Error with the last value, at the deadline
 */
export async function waitUntil<Value>(
  read: () => Promise<Value> | Value,
  isDone: (value: Value) => boolean,
  deadlineMs = 20_000,
): Promise<Value> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const value = await read();
    if (isDone(value)) return value;
    if (performance.now() > end) throw new Error(`gave up after ${deadlineMs} ms at ${JSON.stringify(value)}`);
    await setTimeout(pollIntervalMs);
  }
}
