// The lifecycle of orders: 64 clients that each create an order, start its validation, poll until it is VALIDATED, and
// approve it. The rate is compared with 64 connections that only create orders, on the same service.

import { setTimeout as pause } from 'node:timers/promises';
import type { Order } from '../../contract/schemas/order.ts';
import { JsonClient } from '../load/json-client.ts';
import { type LoadResult, runLoad } from '../load/load.ts';
import { createOrder, newOrderBody } from '../load/requests.ts';
import type { Options } from '../options.ts';
import { formatNumber, formatPercent, formatRatio, formatTable, type ReportSection } from '../report.ts';
import { type CpuUsage, startCpuMeasurement } from '../servers/cpu-usage.ts';
import { type ServerUnderTest, startSqliteService } from '../servers/server-under-test.ts';
import { computeMedians, computePercentile } from '../statistics.ts';

const clients = 64;
const warmupMs = 1_000;

/**
 * The time until the next poll of an order: a tenth of the time waited so far, at least 10 ms. Polling adds one read
 * and up to 10 ms or 10 % to the measured time (half of that on average), and a lifecycle takes at least 10 ms. More
 * frequent polls would take capacity from the service. The number of reads is reported.
 */
function choosePollMs(waitedMs: number): number {
  return Math.max(10, waitedMs / 10);
}

type LifecycleResult = CpuUsage & {
  perSecond: number;
  /** The time from the 202 response until a read returned VALIDATED. */
  waitP50Ms: number;
  waitP99Ms: number;
  readsPerOrder: number;
};

type Round = { lifecycle: LifecycleResult; creation: LoadResult };

/** Measures order lifecycles on SQLite. */
export async function measureLifecycle(options: Options): Promise<ReportSection> {
  await using service = await startSqliteService('quiet');
  return { title: 'Order lifecycle', text: await compareLifecycle(service, options, true) };
}

/**
 * Measures lifecycles on a service and formats the result as Markdown.
 * @param hasTargets whether the table contains the targets
 */
export async function compareLifecycle(
  service: ServerUnderTest,
  { rounds, seconds }: Options,
  hasTargets: boolean,
): Promise<string> {
  const measureCreation = () => runLoad(service, createOrder, { seconds }, clients);
  await measureCreation();
  const results: Round[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const creationFirst = round % 2 === 1 ? await measureCreation() : undefined;
    const lifecycle = await measureClients(service, seconds);
    const creation = creationFirst ?? (await measureCreation());
    results.push({ lifecycle, creation });
    process.stderr.write(`life: round ${round} of ${rounds}\n`);
  }
  return [
    `${clients} clients, each: create → validate → read every ${choosePollMs(0)} ms, later less often, until VALIDATED → approve.`,
    `Compared with ${clients} connections that only create orders.`,
    '',
    formatLifecycleTable(results, hasTargets),
  ].join('\n');
}

function formatLifecycleTable(results: Round[], hasTargets: boolean): string {
  const lifecycle = computeMedians(results.map((round) => round.lifecycle));
  const creation = computeMedians(results.map((round) => round.creation));
  const ratios = results.map((round) => round.lifecycle.perSecond / round.creation.perSecond);
  const rows = [
    ['creation only, orders/s', formatNumber(creation.perSecond), ''],
    ['lifecycles, orders/s', formatNumber(lifecycle.perSecond), ''],
    ['ratio', formatRatio(ratios), '≥ 0.5'],
    ['from 202 to VALIDATED, p50 ms', formatNumber(lifecycle.waitP50Ms, 1), ''],
    ['from 202 to VALIDATED, p99 ms', `**${formatNumber(lifecycle.waitP99Ms, 1)}**`, '< 500'],
    ['reads while waiting, per order', formatNumber(lifecycle.readsPerOrder, 1), ''],
    ['CPU of the serving thread', formatPercent(lifecycle.serverCpu), ''],
    ['CPU of the load generator', formatPercent(lifecycle.loadCpu), ''],
  ];
  return hasTargets
    ? formatTable(['', 'median', 'target'], rows)
    : formatTable(
        ['', 'median'],
        rows.map((row) => row.slice(0, 2)),
      );
}

/** Runs the clients. Counting starts after a warm-up, when the clients are no longer in step. */
async function measureClients(service: ServerUnderTest, seconds: number): Promise<LifecycleResult> {
  using client = new JsonClient(service, clients);
  const stopping = new AbortController();
  const counts = createCounts();
  const loops = Promise.all(Array.from({ length: clients }, () => runClient(stopping.signal, client, counts)));
  await Promise.race([pause(warmupMs), loops]);
  Object.assign(counts, createCounts());
  const endMeasurement = await startCpuMeasurement(service);
  await Promise.race([pause(seconds * 1000), loops]);
  const { lifecycles, reads, waitsMs } = counts;
  const { elapsedMs, ...cpuUsage } = await endMeasurement();
  stopping.abort();
  await loops;
  return {
    ...cpuUsage,
    perSecond: lifecycles / (elapsedMs / 1000),
    waitP50Ms: computePercentile(waitsMs, 0.5),
    waitP99Ms: computePercentile(waitsMs, 0.99),
    readsPerOrder: reads / lifecycles,
  };
}

type Counts = { lifecycles: number; reads: number; waitsMs: number[] };

function createCounts(): Counts {
  return { lifecycles: 0, reads: 0, waitsMs: [] };
}

async function runClient(stop: AbortSignal, client: JsonClient, counts: Counts): Promise<void> {
  while (!stop.aborted) {
    const { id } = await client.post<Order>('/orders', newOrderBody);
    await client.post(`/orders/${id}/validate`);
    counts.waitsMs.push(await waitUntilValidated(client, id, counts));
    await client.post(`/orders/${id}/approve`);
    counts.lifecycles += 1;
  }
}

/** Returns the waiting time in milliseconds. */
async function waitUntilValidated(client: JsonClient, id: number, counts: Counts): Promise<number> {
  const startedMs = performance.now();
  for (;;) {
    await pause(choosePollMs(performance.now() - startedMs));
    const { status, validation } = await client.get<Order>(`/orders/${id}`);
    counts.reads += 1;
    if (status === 'VALIDATED') return performance.now() - startedMs;
    if (validation?.state !== 'open') throw new Error(`order ${id} is ${status}, its validation ${validation?.state}`);
  }
}
