// A closed-loop load: each connection sends its next request as soon as it has received a response. The load generator
// runs in the process of the benchmark, and its CPU usage is measured too.

import autocannon from 'autocannon';
import { type CpuUsage, startCpuMeasurement } from '../servers/cpu-usage.ts';
import type { ServerUnderTest } from '../servers/server-under-test.ts';
import { computePercentile } from '../statistics.ts';

/** A request of the load. @default method GET */
export type LoadRequest = { method?: 'GET' | 'POST'; path: string; body?: string };

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
  target: Pick<ServerUnderTest, 'url' | 'headers' | 'cpuMs'>,
  source: LoadSource,
  extent: Extent,
  connections = defaultConnections,
): Promise<LoadResult> {
  const endMeasurement = await startCpuMeasurement(target);
  const { result, latencies } = await run(target, source, extent, connections);
  const { serverCpu, loadCpu } = await endMeasurement();
  return {
    perSecond: result['2xx'] / result.duration,
    meanMs: (1000 * connections * result.duration) / result['2xx'],
    p50Ms: computePercentile(latencies, 0.5),
    p99Ms: computePercentile(latencies, 0.99),
    serverCpu,
    loadCpu,
  };
}

async function run(
  { url, headers }: Pick<ServerUnderTest, 'url' | 'headers'>,
  source: LoadSource,
  extent: Extent,
  connections: number,
) {
  const options: autocannon.Options = {
    url,
    connections,
    headers: { 'content-type': 'application/json', ...headers },
    requests: toRequests(source),
    sampleInt: 100,
    ...('seconds' in extent ? { duration: extent.seconds } : { amount: extent.requests }),
  };
  const { promise, resolve, reject } = Promise.withResolvers<autocannon.Result>();
  const instance = autocannon(options, (error: unknown, result) => (error ? reject(error) : resolve(result)));
  // The histogram of autocannon has a resolution of 1 ms, which is too coarse.
  const latencies: number[] = [];
  instance.on('response', (_client, _status, _bytes, ms) => latencies.push(ms));
  const result = await promise;
  const { errors, non2xx } = result;
  if (errors + non2xx > 0) throw new Error(`${errors} failed requests and ${non2xx} error responses under load`);
  return { result, latencies };
}

function toRequests(source: LoadSource): autocannon.Request[] {
  if (typeof source !== 'function') return [source].flat();
  return [{ setupRequest: (request) => ({ ...request, ...source() }) }];
}
