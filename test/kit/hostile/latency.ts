// The latency of a caller that sends requests at a steady rate, without waiting for responses.

import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

export type Latencies = {
  count: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  statuses: Record<string, number>;
};

type LatencyOptions = Caller & {
  /** How long to measure, in milliseconds. */
  durationMs: number;
  requestsPerSecond: number;
  /** An order that the caller reads. */
  orderId: number;
};

/** A caller with connections that are already open, as clients keep them. */
type Caller = { url: string; headers: Record<string, string>; agent: Agent };

type CallerRequest = { method: string; path: string; body?: string };

const connectionCount = 16;

/** Opens the connections of a caller. */
export async function openCaller(url: string, headers: Record<string, string>): Promise<Caller & Disposable> {
  // In rotation, so that no connection reaches the idle timeout of the service.
  const agent = new Agent({ keepAlive: true, maxSockets: connectionCount, scheduling: 'fifo' });
  const caller = { url, headers, agent, [Symbol.dispose]: () => agent.destroy() };
  await Promise.all(
    Array.from({ length: connectionCount }, () => sendTimed(caller, { method: 'GET', path: '/stats' })),
  );
  return caller;
}

/** The requests of the caller, in turn: reads of an order, a page and the feed, and a new order. */
function chooseRequest(index: number, orderId: number): CallerRequest {
  const reads = [`/orders/${orderId}`, '/orders?limit=10&customerId=measured', '/stats'];
  const path = reads[index % (reads.length + 1)];
  return path ? { method: 'GET', path } : { method: 'POST', path: '/orders', body: buildBody(index) };
}

function buildBody(index: number): string {
  const items = [{ productId: `tea-${index}`, quantity: 2, unitPrice: 1_250 }];
  return JSON.stringify({ customerId: 'measured', currency: 'EUR', items });
}

/** Sends requests at a steady rate, without waiting for responses. */
export async function measureLatency(options: LatencyOptions): Promise<Latencies> {
  const { durationMs, requestsPerSecond } = options;
  const startedAtMs = performance.now();
  const pending: Promise<{ status: number; ms: number }>[] = [];
  for (let index = 0; index < (durationMs / 1_000) * requestsPerSecond; index += 1) {
    const dueAtMs = startedAtMs + (index * 1_000) / requestsPerSecond;
    await pause(Math.max(0, dueAtMs - performance.now()));
    pending.push(sendTimed(options, chooseRequest(index, options.orderId)));
  }
  return summarize(await Promise.all(pending));
}

async function sendTimed({ url, headers, agent }: Caller, { method, path, body = '' }: CallerRequest) {
  const startedAtMs = performance.now();
  const json = body && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const sent = request(url + path, { method, agent, headers: { ...headers, ...json } }, (response) => {
    response.resume().once('end', () => resolve(response.statusCode ?? 0));
  });
  sent.once('error', reject).end(body);
  return { status: await promise, ms: performance.now() - startedAtMs };
}

function summarize(results: readonly { status: number; ms: number }[]): Latencies {
  const sorted = results.map(({ ms }) => ms).sort((left, right) => left - right);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const statuses: Record<string, number> = {};
  for (const { status } of results) statuses[status] = (statuses[status] ?? 0) + 1;
  return { count: results.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1), statuses };
}
