// Waits for something to become true, by looking again and again.

import { setTimeout } from 'node:timers/promises';

const lookAgainMs = 5;

/** Reads until `isDone` says so, and answers what was read then. It fails when the time is up. */
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
    await setTimeout(lookAgainMs);
  }
}
