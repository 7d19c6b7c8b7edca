// The latency of 1,000 event streams at 1,000 commits per second, and the memory of an open stream. The service and the
// readers run in separate processes.

import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { JsonClient } from '../load/json-client.ts';
import { runLoad } from '../load/load.ts';
import { type PacedLoadResult, runPacedLoad } from '../load/paced-load.ts';
import { createOrder } from '../load/requests.ts';
import type { ReadersReport, ReadersSetup } from '../load/stream-readers.ts';
import type { Options } from '../options.ts';
import { formatNumber, formatPercent, formatTable } from '../report/format.ts';
import { checkBelow, type PartReport } from '../report/part-report.ts';
import { type Child, startNode } from '../servers/child.ts';
import type { ServerUnderTest } from '../servers/server-under-test.ts';
import { startSqliteService } from '../servers/service.ts';
import { computeMedians, computePercentile } from '../statistics.ts';

const streams = 1_000;
const commitsPerSecond = 1_000;
const writers = 64;
const settleMs = 1_000;

// With `every event`, each commit is sent to all streams. With `events of one order`, each commit is sent to one
// stream.
const scenarios = {
  'every event': { query: () => '', parseEvery: 20 },
  'events of one order': { query: (index: number) => `?orderId=${index + 1}`, parseEvery: 1 },
} satisfies Record<string, { query(index: number): string; parseEvery: number }>;

type Scenario = keyof typeof scenarios;

type RoundResult = {
  p50Ms: number;
  p99Ms: number;
  commitsPerSecond: number;
  megabytesPerSecond: number;
  cpuUs: number;
  serverCpu: number;
  loadCpu: number;
  readerCpu: number;
};

type ScenarioResult = RoundResult & { streamKb: number };

/** Measures both scenarios. */
export async function measureStreams(options: Options): Promise<PartReport> {
  const results: (readonly [Scenario, ScenarioResult])[] = [];
  for (const scenario of Object.keys(scenarios) as Scenario[]) {
    results.push([scenario, await measure(scenario, options)]);
    process.stderr.write(`streams: ${scenario}\n`);
  }
  const text = [
    `${formatNumber(streams)} open streams, and ${formatNumber(commitsPerSecond)} edits of orders per second over ${writers} connections,`,
    'or fewer if the service is slower.',
    'Latency is the time from the timestamp of an event, which is taken before its commit, until a reader has read the event.',
    'CPU is the time of the whole serving process per commit, and the shares of one CPU of the serving, the writing and the',
    'reading process.',
    '',
    formatStreamTable(results),
  ];
  const targets = results.map(([scenario, { p50Ms }]) =>
    checkBelow(`latency of ${formatNumber(streams)} streams of ${scenario}, p50`, 100, 'ms', p50Ms),
  );
  return { title: 'Live streams', text: text.join('\n'), targets };
}

function formatStreamTable(results: (readonly [Scenario, ScenarioResult])[]): string {
  const toRow = (name: string, target: string, format: (result: ScenarioResult) => string) => [
    name,
    ...results.map(([, result]) => format(result)),
    target,
  ];
  return formatTable(
    ['each stream receives', ...results.map(([scenario]) => scenario), 'target'],
    [
      toRow('latency, p50 ms', '< 100', ({ p50Ms }) => `**${formatNumber(p50Ms)}**`),
      toRow('latency, p99 ms', '', ({ p99Ms }) => formatNumber(p99Ms)),
      toRow('memory per stream, kB', '< 50', ({ streamKb }) => `**${formatNumber(streamKb)}**`),
      toRow('commits/s', '1,000', (result) => formatNumber(result.commitsPerSecond)),
      toRow('to all readers, MB/s', '', ({ megabytesPerSecond }) => formatNumber(megabytesPerSecond, 1)),
      toRow('CPU µs/commit', '', ({ cpuUs }) => formatNumber(cpuUs)),
      toRow('CPU shares', '', ({ serverCpu, loadCpu, readerCpu }) =>
        [serverCpu, loadCpu, readerCpu].map(formatPercent).join(', '),
      ),
    ],
  );
}

async function measure(scenario: Scenario, { rounds, seconds }: Options): Promise<ScenarioResult> {
  await using service = await startSqliteService('quiet');
  await runLoad(service, createOrder, { requests: streams }, writers);
  const writer = new Writer(service);
  await writer.write(seconds);
  await using readers = startReaders();
  const before = await service.memory();
  const { query, parseEvery } = scenarios[scenario];
  const queries = Array.from({ length: streams }, (_, index) => query(index));
  await readers.open({ url: service.url, headers: service.headers, queries, parseEvery });
  await pause(settleMs);
  const streamKb = (((await service.memory()).residentMb - before.residentMb) * 1_024) / streams;
  const results: RoundResult[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    await readers.report();
    const written = await writer.write(seconds);
    await pause(settleMs);
    const report = await readers.report();
    if (scenario === 'every event' && report.leastPosition !== writer.position) {
      throw new Error(`a stream has received only ${report.leastPosition} of ${writer.position} events`);
    }
    // The first round is a warm-up.
    if (round > 0) results.push(toRoundResult(written, report, seconds));
  }
  return { ...computeMedians(results), streamKb };
}

function toRoundResult(
  { perSecond, cpuUs, serverCpu, loadCpu }: PacedLoadResult,
  report: ReadersReport,
  seconds: number,
): RoundResult {
  return {
    p50Ms: computePercentile(report.latenciesMs, 0.5),
    p99Ms: computePercentile(report.latenciesMs, 0.99),
    commitsPerSecond: perSecond,
    megabytesPerSecond: report.bytes / seconds / 1e6,
    cpuUs,
    serverCpu,
    loadCpu,
    readerCpu: report.cpuMs / 1_000 / seconds,
  };
}

/** Edits the orders in turn. Each edit is one commit with one event. */
class Writer {
  readonly #service: ServerUnderTest;
  #edits = 0;

  constructor(service: ServerUnderTest) {
    this.#service = service;
  }

  /** The position of the latest event. The creation of each order appended one event. */
  get position(): number {
    return streams + this.#edits;
  }

  write(seconds: number): Promise<PacedLoadResult> {
    const edit = (client: JsonClient) => {
      this.#edits += 1;
      return client.put(`/orders/${1 + (this.#edits % streams)}`, JSON.stringify({ note: `Note ${this.#edits}` }));
    };
    return runPacedLoad(this.#service, edit, { perSecond: commitsPerSecond, seconds, connections: writers });
  }
}

type Readers = AsyncDisposable & { open(setup: ReadersSetup): Promise<void>; report(): Promise<ReadersReport> };

function startReaders(): Readers {
  const child: Child = startNode(['bench/load/stream-readers.ts'], {}, ['ignore', 'inherit', 'inherit', 'ipc']);
  const call = async <Reply>(message: ReadersSetup | 'report'): Promise<Reply> => {
    const replied = once(child.process, 'message');
    child.process.send?.(message);
    const [reply] = await Promise.race([replied, child.ended]);
    return reply as Reply;
  };
  return {
    open: (setup) => call<void>(setup),
    report: () => call<ReadersReport>('report'),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
