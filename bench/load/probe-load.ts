// Measures latencies of single requests at a fixed rate. Requests are sent on time even if earlier ones have no
// response yet, and the time that a request waits for a free connection counts, so that no stall is hidden.

import { setTimeout as pause } from 'node:timers/promises';
import type { LoadTarget } from './connection.ts';
import { JsonClient } from './json-client.ts';

type ProbeOptions<Name extends string> = {
  /** The path of each probe. */
  paths: Readonly<Record<Name, string>>;
  /** The rate of each probe. */
  perSecond: number;
  seconds: number;
};

const tickMs = 2;
const connections = 100;

/**
 * Opens the connections of the probes and sends a request over each: a server accepts one connection per turn of its
 * event loop, which is not what the probes measure.
 */
export async function openProbeClient(target: LoadTarget, path: string): Promise<JsonClient> {
  const client = new JsonClient(target, connections);
  await Promise.all(Array.from({ length: connections }, () => client.get(path)));
  return client;
}

/**
 * Sends GET requests to each path. Returns the latencies in milliseconds by the names of the paths.
 * @throws Error a request fails, or its response is not a success
 */
export async function probeLatencies<Name extends string>(
  client: JsonClient,
  { paths, perSecond, seconds }: ProbeOptions<Name>,
): Promise<Record<Name, number[]>> {
  const probes = (Object.entries(paths) as [Name, string][]).map(([name, path]) => ({
    name,
    path,
    latencies: [] as number[],
  }));
  const sent: Promise<void>[] = [];
  const startedMs = performance.now();
  for (let elapsedMs = 0; elapsedMs < seconds * 1_000; elapsedMs = performance.now() - startedMs) {
    while (sent.length < (elapsedMs * perSecond * probes.length) / 1_000) {
      const probe = probes[sent.length % probes.length];
      if (probe) sent.push(measure(client, probe.path, probe.latencies));
    }
    await pause(tickMs);
  }
  await Promise.all(sent);
  return Object.fromEntries(probes.map(({ name, latencies }) => [name, latencies])) as Record<Name, number[]>;
}

async function measure(client: JsonClient, path: string, latencies: number[]): Promise<void> {
  const startedMs = performance.now();
  await client.get(path);
  latencies.push(performance.now() - startedMs);
}
