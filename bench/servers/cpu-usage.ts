// CPU usage of the server and of the load generator. A result measures the server only if the server is the busy one.

import type { LoadTarget } from '../load/connection.ts';

/** A server whose CPU time is measured. */
export type MeasuredServer = LoadTarget & {
  /** The CPU time of all threads of the serving process in user and system mode, in milliseconds. */
  cpuMs(): Promise<number>;
  /** The CPU time of the database server in milliseconds: 0 if there is none, NaN if it is not known. */
  databaseCpuMs(): Promise<number>;
};

/** CPU time per operation, and shares of one CPU. With several busy threads, a share exceeds 1. */
export type CpuUsage = {
  /** The CPU time of the serving process per operation, in microseconds. */
  cpuUs: number;
  /** The CPU time of the database server per operation, in microseconds. */
  databaseCpuUs: number;
  /** The CPU time of this process, which generates the load, per operation, in microseconds. */
  loadCpuUs: number;
  /** The share of the serving process. */
  serverCpu: number;
  /** The share of this process. Near 1, the load generator is the bottleneck. */
  loadCpu: number;
};

/** Starts a measurement. The returned function ends it; it takes the number of operations. */
export async function startCpuMeasurement(
  server: Pick<MeasuredServer, 'cpuMs' | 'databaseCpuMs'>,
): Promise<(operations: number) => Promise<CpuUsage & { elapsedMs: number }>> {
  const [serverStartMs, databaseStartMs] = await Promise.all([server.cpuMs(), server.databaseCpuMs()]);
  const loadStart = process.cpuUsage();
  const startedMs = performance.now();
  return async (operations) => {
    const elapsedMs = performance.now() - startedMs;
    const { user, system } = process.cpuUsage(loadStart);
    const loadMs = (user + system) / 1000;
    const [serverEndMs, databaseEndMs] = await Promise.all([server.cpuMs(), server.databaseCpuMs()]);
    const serverMs = serverEndMs - serverStartMs;
    const toUs = (ms: number) => (1000 * ms) / operations;
    return {
      elapsedMs,
      cpuUs: toUs(serverMs),
      databaseCpuUs: toUs(databaseEndMs - databaseStartMs),
      loadCpuUs: toUs(loadMs),
      serverCpu: serverMs / elapsedMs,
      loadCpu: loadMs / elapsedMs,
    };
  };
}
