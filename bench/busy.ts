// How busy both ends of a load are: only where the server is, it is the server that is measured.

import type { Candidate } from './candidate.ts';

export type Busy = {
  /** How much of one CPU the thread that answers took, from 0 to 1. */
  serverCpu: number;
  /** How much of one CPU this process, which asks, took. At 1 it would be the load that is measured. */
  loadCpu: number;
};

/** Begins to look; the function that it answers ends that. */
export async function watchCpus(
  contestant: Pick<Candidate, 'cpuMs'>,
): Promise<() => Promise<Busy & { elapsedMs: number }>> {
  const serverBefore = await contestant.cpuMs();
  const loadBefore = process.cpuUsage();
  const begun = performance.now();
  return async () => {
    const elapsedMs = performance.now() - begun;
    const { user, system } = process.cpuUsage(loadBefore);
    const serverMs = (await contestant.cpuMs()) - serverBefore;
    return { elapsedMs, serverCpu: serverMs / elapsedMs, loadCpu: (user + system) / 1000 / elapsedMs };
  };
}
