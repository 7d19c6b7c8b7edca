// The load: connections that ask again as soon as they are answered. It comes out of the process of the benchmark,
// which does nothing else meanwhile; how busy it is, is measured beside.

import autocannon from 'autocannon';
import { type Busy, watchCpus } from './busy.ts';
import type { Candidate } from './candidate.ts';
import { percentile } from './statistics.ts';

/** A request as the load sends it; GET where nothing is said. */
export type LoadRequest = { method?: 'GET' | 'POST'; path: string; body?: string };

/** How requests are chosen: one, or several in turn, or a new one each time. */
export type LoadSource = LoadRequest | readonly LoadRequest[] | (() => LoadRequest);

/** How many connections ask where nothing else is said. */
export const usualConnections = 32;

/** How long: for some seconds, or for a number of requests. */
type Extent = { seconds: number } | { requests: number };

export type Load = Busy & {
  perSecond: number;
  /** How long one request takes, from one end of a connection's loop to the other. */
  meanMs: number;
  p50Ms: number;
  p99Ms: number;
};

/**
 * Puts a server under load.
 * @throws Error an answer is not a success, or fails to come
 */
export async function load(
  target: Pick<Candidate, 'url' | 'headers' | 'cpuMs'>,
  source: LoadSource,
  extent: Extent,
  connections = usualConnections,
): Promise<Load> {
  const endWatch = await watchCpus(target);
  const { result, latencies } = await run(target, source, extent, connections);
  const { serverCpu, loadCpu } = await endWatch();
  return {
    perSecond: result['2xx'] / result.duration,
    meanMs: (1000 * connections * result.duration) / result['2xx'],
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    serverCpu,
    loadCpu,
  };
}

async function run(
  { url, headers }: Pick<Candidate, 'url' | 'headers'>,
  source: LoadSource,
  extent: Extent,
  connections: number,
) {
  const options: autocannon.Options = {
    url,
    connections,
    headers: { 'content-type': 'application/json', ...headers },
    requests: requestsOf(source),
    sampleInt: 100,
    ...('seconds' in extent ? { duration: extent.seconds } : { amount: extent.requests }),
  };
  const { promise, resolve, reject } = Promise.withResolvers<autocannon.Result>();
  const instance = autocannon(options, (error: unknown, result) => (error ? reject(error) : resolve(result)));
  // Its own histogram counts in whole milliseconds, which is too coarse here.
  const latencies: number[] = [];
  instance.on('response', (_client, _status, _bytes, ms) => latencies.push(ms));
  const result = await promise;
  const { errors, non2xx } = result;
  if (errors + non2xx > 0) throw new Error(`${errors} errors and ${non2xx} refusals under load`);
  return { result, latencies };
}

function requestsOf(source: LoadSource): autocannon.Request[] {
  if (typeof source !== 'function') return [source].flat();
  return [{ setupRequest: (request) => ({ ...request, ...source() }) }];
}
