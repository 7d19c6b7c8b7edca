// A closed-loop load: each connection sends its next request as soon as it has received a response. The load generator
// runs in the process of the benchmark, and its CPU usage is measured too.

import { type CpuUsage, type MeasuredServer, startCpuMeasurement } from '../servers/cpu-usage.ts';
import { computePercentile } from '../statistics.ts';
import { Connection, type LoadRequest, serializeRequest } from './connection.ts';

/** One request, several requests in turn, or a function that creates each request. */
export type LoadSource = LoadRequest | readonly LoadRequest[] | (() => LoadRequest);

/** The number of connections by default. */
export const defaultConnections = 32;

/** The duration of a load, or its number of requests. */
type Extent = { seconds: number } | { requests: number };

/** The throughput, latencies and CPU usage of a load. */
export type LoadResult = CpuUsage & {
  perSecond: number;
  /** The mean time of one iteration of a connection, which includes the time between requests. */
  meanMs: number;
  p50Ms: number;
  p99Ms: number;
};

/**
 * Puts a server under load.
 * @throws Error a request fails, or its response is not a success
 */
export async function runLoad(
  target: MeasuredServer,
  source: LoadSource,
  extent: Extent,
  connections = defaultConnections,
): Promise<LoadResult> {
  const next = createRequestSource(target, source);
  const isDone = createEnd(extent);
  const latencies: number[] = [];
  const endMeasurement = await startCpuMeasurement(target);
  await Promise.all(Array.from({ length: connections }, () => runConnection(target, next, isDone, latencies)));
  const { elapsedMs, ...cpuUsage } = await endMeasurement(latencies.length);
  return {
    ...cpuUsage,
    perSecond: (1000 * latencies.length) / elapsedMs,
    meanMs: (connections * elapsedMs) / latencies.length,
    p50Ms: computePercentile(latencies, 0.5),
    p99Ms: computePercentile(latencies, 0.99),
  };
}

async function runConnection(
  target: MeasuredServer,
  next: () => Buffer,
  isDone: () => boolean,
  latencies: number[],
): Promise<void> {
  using connection = new Connection(target);
  while (!isDone()) {
    const startedMs = performance.now();
    const { status, body } = await connection.send(next());
    if (status < 200 || status > 299) throw new Error(`the server returned status ${status}: ${body}`);
    latencies.push(performance.now() - startedMs);
  }
}

/** Returns a function that is called before each request. */
function createEnd(extent: Extent): () => boolean {
  if ('seconds' in extent) {
    const endMs = performance.now() + extent.seconds * 1000;
    return () => performance.now() >= endMs;
  }
  let started = 0;
  return () => {
    started += 1;
    return started > extent.requests;
  };
}

/** Constant requests are serialized once. */
function createRequestSource(target: MeasuredServer, source: LoadSource): () => Buffer {
  if (typeof source === 'function') return () => serializeRequest(target, source());
  const requests = [source].flat().map((request) => serializeRequest(target, request));
  let sent = 0;
  return () => {
    sent += 1;
    return requests[sent % requests.length] ?? Buffer.alloc(0);
  };
}
