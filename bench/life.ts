// The whole life of orders: 64 clients that each create one, have it validated, wait until it is, and approve it;
// against 64 connections that only create, on the same service.

import { setTimeout as pause } from 'node:timers/promises';
import type { Order } from '../contract/order.ts';
import { type Busy, watchCpus } from './busy.ts';
import { type Candidate, startService } from './candidate.ts';
import { JsonClient } from './json-client.ts';
import { type Load, load } from './load.ts';
import type { Options } from './options.ts';
import { number, percent, ratio, type Section, table } from './report.ts';
import { createOrder, newOrderBody } from './requests.ts';
import { medians, percentile } from './statistics.ts';

const clients = 64;
const warmupMs = 1_000;

/**
 * How long a client waits before each look whether its order is VALIDATED; once it has waited long, a tenth of that. So
 * polling adds up to 10 ms or a tenth to what is measured, half of it on average, and one read, and it keeps a life
 * from being shorter. Closer looks would take from the service what it could do meanwhile: how many there are is
 * reported.
 */
function pollMs(waitedMs: number): number {
  return Math.max(10, waitedMs / 10);
}

type Life = Busy & {
  perSecond: number;
  /** From the answer 202 until a read showed VALIDATED. */
  waitP50Ms: number;
  waitP99Ms: number;
  readsPerOrder: number;
};

type Round = { life: Life; creating: Load };

export async function measureLife(options: Options): Promise<Section> {
  await using service = await startService('quiet');
  return { title: 'The whole life of an order', text: await measureLifeRate(service, options, true) };
}

/** Measures whole lives on a service, and says what came of it. */
export async function measureLifeRate(
  service: Candidate,
  { rounds, seconds }: Options,
  hasTargets: boolean,
): Promise<string> {
  const measureCreating = () => load(service, createOrder, { seconds }, clients);
  await measureCreating();
  const results: Round[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const creatingFirst = round % 2 === 1 ? await measureCreating() : undefined;
    const life = await live(service, seconds);
    const creating = creatingFirst ?? (await measureCreating());
    results.push({ life, creating });
    process.stderr.write(`life: round ${round} of ${rounds}\n`);
  }
  return [
    `${clients} clients, each: create → validate → read every ${pollMs(0)} ms, later less often, until VALIDATED → approve;`,
    `against ${clients} connections that only create.`,
    '',
    tableOf(results, hasTargets),
  ].join('\n');
}

function tableOf(results: Round[], hasTargets: boolean): string {
  const life = medians(results.map((round) => round.life));
  const creating = medians(results.map((round) => round.creating));
  const ratios = results.map((round) => round.life.perSecond / round.creating.perSecond);
  const rows = [
    ['creating alone, orders/s', number(creating.perSecond), ''],
    ['whole lives, orders/s', number(life.perSecond), ''],
    ['ratio', ratio(ratios), '≥ 0.5'],
    ['from 202 to VALIDATED, p50 ms', number(life.waitP50Ms, 1), ''],
    ['from 202 to VALIDATED, p99 ms', `**${number(life.waitP99Ms, 1)}**`, '< 500'],
    ['reads while waiting, an order', number(life.readsPerOrder, 1), ''],
    ['CPU of the thread that answers', percent(life.serverCpu), ''],
    ['CPU of the process that asks', percent(life.loadCpu), ''],
  ];
  return hasTargets
    ? table(['', 'median', 'target'], rows)
    : table(
        ['', 'median'],
        rows.map((row) => row.slice(0, 2)),
      );
}

/** Lets the clients live; what is counted begins after a while, when they are no longer in step. */
async function live(service: Candidate, seconds: number): Promise<Life> {
  using client = new JsonClient(service, clients);
  const stopping = new AbortController();
  const counts = noCounts();
  const loops = Promise.all(Array.from({ length: clients }, () => liveUntil(stopping.signal, client, counts)));
  await Promise.race([pause(warmupMs), loops]);
  Object.assign(counts, noCounts());
  const endWatch = await watchCpus(service);
  await Promise.race([pause(seconds * 1000), loops]);
  const { lives, reads, waitsMs } = counts;
  const { elapsedMs, ...busy } = await endWatch();
  stopping.abort();
  await loops;
  return {
    ...busy,
    perSecond: lives / (elapsedMs / 1000),
    waitP50Ms: percentile(waitsMs, 0.5),
    waitP99Ms: percentile(waitsMs, 0.99),
    readsPerOrder: reads / lives,
  };
}

type Counts = { lives: number; reads: number; waitsMs: number[] };

function noCounts(): Counts {
  return { lives: 0, reads: 0, waitsMs: [] };
}

async function liveUntil(stop: AbortSignal, client: JsonClient, counts: Counts): Promise<void> {
  while (!stop.aborted) {
    const { id } = await client.post<Order>('/orders', newOrderBody);
    await client.post(`/orders/${id}/validate`);
    counts.waitsMs.push(await untilValidated(client, id, counts));
    await client.post(`/orders/${id}/approve`);
    counts.lives += 1;
  }
}

/** Answers how long it took, in milliseconds. */
async function untilValidated(client: JsonClient, id: number, counts: Counts): Promise<number> {
  const accepted = performance.now();
  for (;;) {
    await pause(pollMs(performance.now() - accepted));
    const { status, validation } = await client.get<Order>(`/orders/${id}`);
    counts.reads += 1;
    if (status === 'VALIDATED') return performance.now() - accepted;
    if (validation?.state !== 'open') throw new Error(`order ${id} is ${status}, its validation ${validation?.state}`);
  }
}
