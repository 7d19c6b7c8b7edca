// CPU usage of the server and of the load generator. A result measures the server only if the server is the busy one.

import type { ServerUnderTest } from './server-under-test.ts';

/** Shares of one CPU, from 0 to 1. */
export type CpuUsage = {
  /** The share of the server's main thread. */
  serverCpu: number;
  /** The share of this process, which generates the load. Near 1, the load generator is the bottleneck. */
  loadCpu: number;
};

/** Starts a measurement. The returned function ends it. */
export async function startCpuMeasurement(
  server: Pick<ServerUnderTest, 'cpuMs'>,
): Promise<() => Promise<CpuUsage & { elapsedMs: number }>> {
  const serverStartMs = await server.cpuMs();
  const loadStart = process.cpuUsage();
  const startedMs = performance.now();
  return async () => {
    const elapsedMs = performance.now() - startedMs;
    const { user, system } = process.cpuUsage(loadStart);
    const serverMs = (await server.cpuMs()) - serverStartMs;
    return { elapsedMs, serverCpu: serverMs / elapsedMs, loadCpu: (user + system) / 1000 / elapsedMs };
  };
}
