// A memory limit of a process as a container has it: a control group of Linux.

import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntil } from '../wait-until.ts';

export type MemoryLimit = AsyncDisposable & {
  /** Whether the kernel enforces the limit. Creating a control group takes root and a writable file system. */
  readonly isEnforced: boolean;
};

/** The files of the limit in the two versions of control groups (kernel documentation, cgroup-v1 and cgroup-v2). */
const versions = [
  { root: '/sys/fs/cgroup/memory', file: 'memory.limit_in_bytes' },
  { root: '/sys/fs/cgroup', file: 'memory.max' },
];

/** Limits the memory of a process until the limit is disposed of. */
export async function limitMemory(pid: number, bytes: number): Promise<MemoryLimit> {
  for (const { root, file } of versions) {
    const folder = join(root, `orders-test-${pid}`);
    const isCreated = await createGroup(folder, file, { pid, bytes }).catch(() => false);
    if (isCreated) return { isEnforced: true, [Symbol.asyncDispose]: () => removeGroup(root, folder, pid) };
    await rmdir(folder).catch(() => {});
  }
  return { isEnforced: false, [Symbol.asyncDispose]: async () => {} };
}

async function createGroup(folder: string, file: string, { pid, bytes }: { pid: number; bytes: number }) {
  await mkdir(folder);
  await writeFile(join(folder, file), String(bytes));
  await writeFile(join(folder, 'cgroup.procs'), String(pid));
  return true;
}

/** A group can be removed when it has no process. */
async function removeGroup(root: string, folder: string, pid: number): Promise<void> {
  await writeFile(join(root, 'cgroup.procs'), String(pid)).catch(() => {});
  const isRemoved = () =>
    rmdir(folder).then(
      () => true,
      () => false,
    );
  await waitUntil(isRemoved, (removed) => removed);
}

/** Returns the resident memory of a process in MiB: the current value and the peak. Linux only. */
export async function readMemory(pid: number): Promise<{ residentMb: number; peakMb: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const readMb = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1_024;
  return { residentMb: readMb('VmRSS'), peakMb: readMb('VmHWM') };
}
