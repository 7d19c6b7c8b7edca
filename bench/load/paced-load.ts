// A load with a fixed request rate, regardless of response times. If all connections are in use, fewer requests are
// sent.

import { setTimeout as pause } from 'node:timers/promises';
import { type CpuUsage, type MeasuredServer, startCpuMeasurement } from '../servers/cpu-usage.ts';
import { JsonClient } from './json-client.ts';

/** The achieved rate, and the CPU usage. */
export type PacedLoadResult = CpuUsage & { perSecond: number };

type PacedLoadOptions = { perSecond: number; seconds: number; connections: number };

const tickMs = 5;

/**
 * Sends requests at a fixed rate.
 * @throws Error a request fails, or its response is not a success
 */
export async function runPacedLoad(
  target: MeasuredServer,
  send: (client: JsonClient) => Promise<unknown>,
  { perSecond, seconds, connections }: PacedLoadOptions,
): Promise<PacedLoadResult> {
  using client = new JsonClient(target, connections);
  const pending = new Set<Promise<unknown>>();
  const endMeasurement = await startCpuMeasurement(target);
  const startedMs = performance.now();
  let count = 0;
  for (let elapsedMs = 0; elapsedMs < seconds * 1_000; elapsedMs = performance.now() - startedMs) {
    while (count < (elapsedMs * perSecond) / 1_000 && pending.size < connections) {
      const request: Promise<unknown> = send(client).then(() => pending.delete(request));
      pending.add(request);
      count += 1;
    }
    await Promise.race([pause(tickMs), ...(pending.size < connections ? [] : pending)]);
  }
  await Promise.all(pending);
  const { elapsedMs, ...cpuUsage } = await endMeasurement(count);
  return { ...cpuUsage, perSecond: (count * 1_000) / elapsedMs };
}
