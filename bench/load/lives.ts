// The load of whole lives of orders: clients that each create an order, start its validation, poll until it is
// VALIDATED, and approve it.

import { setTimeout as pause } from 'node:timers/promises';
import { type CpuUsage, type MeasuredServer, startCpuMeasurement } from '../servers/cpu-usage.ts';
import { computePercentile } from '../statistics.ts';
import { Connection, type LoadRequest, type Response, serializeRequest } from './connection.ts';
import { createOrder } from './requests.ts';

/** The extent of a load of lives. It ends after a time, or when so many lives have begun. */
export type LivesExtent = { clients: number } & ({ seconds: number } | { lives: number });

/** The throughput, waiting times and CPU usage of lives. */
export type LivesResult = CpuUsage & {
  perSecond: number;
  /** The time from the 202 response until a read returned VALIDATED. */
  waitP50Ms: number;
  waitP99Ms: number;
  readsPerLife: number;
};

/** The clients are no longer in step after this time. It is not measured. */
const warmupMs = 700;

/**
 * The time until the next poll of an order: a tenth of the time waited so far, at least 10 ms. Polling adds one read
 * and up to 10 ms or 10 % to the measured time (half of that on average), and a life takes at least 10 ms. More
 * frequent polls would take capacity from the server. The number of reads is reported.
 */
export function choosePollMs(waitedMs: number): number {
  return Math.max(10, waitedMs / 10);
}

/**
 * Runs the clients. With a time, counting starts after a warm-up.
 * @throws Error a request fails, or an order does not become VALIDATED
 */
export async function runLives(target: MeasuredServer, extent: LivesExtent): Promise<LivesResult> {
  const counts: Counts = { begun: 0, lives: 0, reads: 0, waitsMs: [] };
  const stopping = new AbortController();
  const isDone = () => stopping.signal.aborted || ('lives' in extent && counts.begun >= extent.lives);
  const clients = Promise.all(Array.from({ length: extent.clients }, () => runClient(target, isDone, counts)));
  if ('seconds' in extent) await Promise.race([pause(warmupMs), clients]);
  Object.assign(counts, { lives: 0, reads: 0, waitsMs: [] });
  const endMeasurement = await startCpuMeasurement(target);
  await ('seconds' in extent ? Promise.race([pause(extent.seconds * 1000), clients]) : clients);
  const { lives, reads, waitsMs } = counts;
  const { elapsedMs, ...cpuUsage } = await endMeasurement(lives);
  stopping.abort();
  await clients;
  return {
    ...cpuUsage,
    perSecond: (1000 * lives) / elapsedMs,
    waitP50Ms: computePercentile(waitsMs, 0.5),
    waitP99Ms: computePercentile(waitsMs, 0.99),
    readsPerLife: reads / lives,
  };
}

type Counts = { begun: number; lives: number; reads: number; waitsMs: number[] };

async function runClient(target: MeasuredServer, isDone: () => boolean, counts: Counts): Promise<void> {
  using connection = new Connection(target);
  const create = serializeRequest(target, createOrder);
  const send = (request: LoadRequest) => connection.send(serializeRequest(target, request)).then(expectSuccess);
  while (!isDone()) {
    counts.begun += 1;
    const { body } = expectSuccess(await connection.send(create));
    const path = `/orders/${JSON.parse(body.toString()).id}`;
    await send({ method: 'POST', path: `${path}/validate` });
    const startedMs = performance.now();
    do {
      await pause(choosePollMs(performance.now() - startedMs));
      counts.reads += 1;
    } while (!isValidated((await send({ path })).body));
    counts.waitsMs.push(performance.now() - startedMs);
    await send({ method: 'POST', path: `${path}/approve` });
    counts.lives += 1;
  }
}

function expectSuccess(response: Response): Response {
  if (response.status >= 200 && response.status < 300) return response;
  throw new Error(`a life ended with status ${response.status}: ${response.body}`);
}

/** @throws Error the order cannot become VALIDATED any more */
function isValidated(body: Buffer): boolean {
  if (body.includes('"status":"VALIDATED"')) return true;
  const { id, status, validation } = JSON.parse(body.toString());
  if (status !== 'CREATED') throw new Error(`order ${id} is ${status}`);
  if (validation?.state !== 'open') throw new Error(`the validation of order ${id} is ${validation?.state}`);
  return false;
}
