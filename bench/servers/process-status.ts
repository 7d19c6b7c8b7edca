// Reads CPU times and memory of processes from /proc (proc(5)), which exists on Linux only.

import { readdir, readFile } from 'node:fs/promises';

/** Linux reports CPU time in units of 10 ms (USER_HZ). */
const tickMs = 10;

/** Resident memory in MiB: the current value and the peak. */
export type Memory = { residentMb: number; peakMb: number };

type ProcessStat = { parentId: number; cpuMs: number; endedChildrenCpuMs: number };

/** Returns undefined if the process has ended. */
async function readStat(pid: number | string): Promise<ProcessStat | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  if (stat === undefined) return undefined;
  // Field 2, the name in brackets, can contain spaces. Fields 14 to 17 are the times in user and system mode of the
  // process, and of its children that have ended.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const sum = (first: number) => ((fields[first] ?? 0) + (fields[first + 1] ?? 0)) * tickMs;
  return { parentId: fields[1] ?? 0, cpuMs: sum(11), endedChildrenCpuMs: sum(13) };
}

/** The CPU time of all threads of a process in milliseconds. NaN if the process has ended. */
export async function readCpuMs(pid: number): Promise<number> {
  return (await readStat(pid))?.cpuMs ?? Number.NaN;
}

/** The CPU time of a process and of its children in milliseconds, for example of a PostgreSQL server. */
export async function readFamilyCpuMs(pid: number): Promise<number> {
  const parent = await readStat(pid);
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const children = (await Promise.all(ids.map(readStat))).filter((stat) => stat?.parentId === pid);
  const childrenMs = children.reduce((sum, child) => sum + (child?.cpuMs ?? 0), 0);
  return parent ? parent.cpuMs + parent.endedChildrenCpuMs + childrenMs : Number.NaN;
}

/** Reads the memory of a process. */
export async function readProcessMemory(pid: number): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const readMb = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
  return { residentMb: readMb('VmRSS'), peakMb: readMb('VmHWM') };
}
