// CPU times of the threads of a process (Linux: /proc/<pid>/task/<tid>/schedstat, in nanoseconds).

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The times of a thread in microseconds: on a CPU, and ready to run while all CPUs were busy. */
export type ThreadTimes = { name: string; cpuUs: number; readyUs: number };

/** The times of all threads by their ids, at a time of the monotonic clock in microseconds. */
export type ThreadSnapshot = { timeUs: number; threads: Map<number, ThreadTimes> };

/** Reads the times of all threads of a process. */
export async function readThreads(pid: number): Promise<ThreadSnapshot> {
  const folder = `/proc/${pid}/task`;
  const threads = new Map<number, ThreadTimes>();
  for (const id of (await readdir(folder)).map(Number).toSorted((a, b) => a - b)) {
    const read = (file: string) => readFile(join(folder, String(id), file), 'latin1').catch(() => '');
    const [name, times] = [(await read('comm')).trim(), (await read('schedstat')).split(' ').map(Number)];
    threads.set(id, { name, cpuUs: (times[0] ?? 0) / 1000, readyUs: (times[1] ?? 0) / 1000 });
  }
  return { timeUs: Number(process.hrtime.bigint() / 1000n), threads };
}

/** The times of each thread between two snapshots, in the order of their creation. */
export function subtractThreads(end: ThreadSnapshot, start: ThreadSnapshot): ThreadTimes[] {
  return [...end.threads].map(([id, { name, cpuUs, readyUs }]) => {
    const before = start.threads.get(id);
    return { name, cpuUs: cpuUs - (before?.cpuUs ?? 0), readyUs: readyUs - (before?.readyUs ?? 0) };
  });
}

/** Threads of Node and V8 that execute no JavaScript. */
const nativeThreads = /^(V8Worker|DelayedTaskSche|SignalInspector|v8:Prof|libuv-worker|node-V8)/;

/** Whether a thread executes JavaScript, so that it has a profile. */
export function runsJavaScript({ name }: ThreadTimes): boolean {
  return !nativeThreads.test(name);
}

/** Whether a thread exists only because of the profile. */
export function isProfiler({ name }: ThreadTimes): boolean {
  return name.startsWith('v8:Prof');
}

/** Whether a thread collects garbage and compiles for the other threads. */
export function isHelper({ name }: ThreadTimes): boolean {
  return name.startsWith('V8Worker') || name.startsWith('node-V8');
}
