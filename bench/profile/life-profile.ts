// Combines the profiles of all threads with their CPU times.

import type { LifePart } from './attribution.ts';
import { type CpuProfile, sumActiveTime, type TimeWindow } from './cpu-profile.ts';
import { isHelper, isProfiler, runsJavaScript, type ThreadTimes } from './threads.ts';

/** CPU time in microseconds by part. */
export type PartTimes = Map<LifePart, number>;

/**
 * The CPU time of all threads by part, without the threads of the profiler.
 * @param profiles those of the threads that execute JavaScript, in the order of `threads`
 */
export function sumCpuTime(
  threads: readonly ThreadTimes[],
  profiles: readonly CpuProfile[],
  window: TimeWindow,
): PartTimes {
  const sums: PartTimes = new Map();
  const add = (part: LifePart, us: number) => sums.set(part, (sums.get(part) ?? 0) + us);
  const remaining = [...profiles];
  for (const thread of threads.filter((each) => !isProfiler(each))) {
    const profile = runsJavaScript(thread) ? remaining.shift() : undefined;
    if (profile) {
      for (const [part, us] of toCpuTime(sumActiveTime(profile, window), thread)) add(part, us);
    } else {
      add(isHelper(thread) ? 'garbage collection' : 'other', thread.cpuUs);
    }
  }
  return sums;
}

/**
 * Converts the active time of a thread to CPU time. Active time contains the time in which the thread waited for a CPU,
 * which is spread over all parts, and the time in which a commit waited for the disk, which is not CPU time.
 */
export function toCpuTime(active: PartTimes, { cpuUs, readyUs }: Pick<ThreadTimes, 'cpuUs' | 'readyUs'>): PartTimes {
  const scale = cpuUs / (cpuUs + readyUs || 1);
  const scaled = new Map([...active].map(([part, us]) => [part, us * scale]));
  const commitUs = scaled.get('commit') ?? 0;
  const otherUs = [...scaled.values()].reduce((sum, us) => sum + us, -commitUs);
  if (commitUs > 0) scaled.set('commit', Math.min(commitUs, Math.max(0, cpuUs - otherUs)));
  const sum = [...scaled.values()].reduce((total, us) => total + us, 0);
  return new Map([...scaled].map(([part, us]) => [part, (us * cpuUs) / (sum || 1)]));
}
