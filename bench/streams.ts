// How soon a thousand readers of the live stream are told, while a thousand commits are made each second; and what an
// open stream takes of memory. Whoever writes and whoever reads are processes of their own.

import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { type Candidate, startService } from './candidate.ts';
import { type Child, startNode } from './child.ts';
import type { JsonClient } from './json-client.ts';
import { load } from './load.ts';
import type { Options } from './options.ts';
import { type Paced, paced } from './paced.ts';
import { number, percent, type Section, table } from './report.ts';
import { createOrder } from './requests.ts';
import { medians, percentile } from './statistics.ts';
import type { ReadersOrder, ReadersReport } from './stream-readers.ts';

const streams = 1_000;
const commitsPerSecond = 1_000;
const writers = 64;
const settleMs = 1_000;

/** `every event`: streams times commits messages in all. `an order each`: as many as commits. */
const forms = {
  'every event': { query: () => '', closeEvery: 20 },
  'an order each': { query: (index: number) => `?orderId=${index + 1}`, closeEvery: 1 },
} satisfies Record<string, { query(index: number): string; closeEvery: number }>;

type Form = keyof typeof forms;

type Result = {
  p50Ms: number;
  p99Ms: number;
  commitsPerSecond: number;
  megabytesPerSecond: number;
  serverCpu: number;
  loadCpu: number;
  readerCpu: number;
};

type Measured = Result & { streamKb: number };

export async function measureStreams(options: Options): Promise<Section> {
  const rows: (readonly [Form, Measured])[] = [];
  for (const form of Object.keys(forms) as Form[]) {
    rows.push([form, await measure(form, options)]);
    process.stderr.write(`streams: ${form}\n`);
  }
  const text = [
    `${number(streams)} open streams, and orders edited over ${writers} connections, ${number(commitsPerSecond)} a second`,
    'in all where the service gets to it.',
    'Counted from the moment that stands in an event, which is before its commit, until a reader has read it.',
    'CPU is of the thread that answers, then of the process that writes, then of the one that reads.',
    '',
    tableOf(rows),
  ];
  return { title: 'Live streams', text: text.join('\n') };
}

function tableOf(rows: (readonly [Form, Measured])[]): string {
  const line = (name: string, target: string, cell: (result: Measured) => string) => [
    name,
    ...rows.map(([, result]) => cell(result)),
    target,
  ];
  return table(
    ['each stream gets', ...rows.map(([form]) => form), 'target'],
    [
      line('from commit to reader, p50 ms', '< 100', ({ p50Ms }) => `**${number(p50Ms)}**`),
      line('p99 ms', '', ({ p99Ms }) => number(p99Ms)),
      line('memory of a stream, kB', '< 50', ({ streamKb }) => `**${number(streamKb)}**`),
      line('commits/s', '1,000', (result) => number(result.commitsPerSecond)),
      line('to all readers, MB/s', '', ({ megabytesPerSecond }) => number(megabytesPerSecond, 1)),
      line('CPU', '', ({ serverCpu, loadCpu, readerCpu }) => [serverCpu, loadCpu, readerCpu].map(percent).join(', ')),
    ],
  );
}

async function measure(form: Form, { rounds, seconds }: Options): Promise<Measured> {
  await using service = await startService('quiet');
  await load(service, createOrder, { requests: streams }, writers);
  const writer = new Writer(service);
  await writer.write(seconds);
  await using readers = startReaders();
  const before = await service.memory();
  const { query, closeEvery } = forms[form];
  const queries = Array.from({ length: streams }, (_, index) => query(index));
  await readers.open({ url: service.url, headers: service.headers, queries, closeEvery });
  await pause(settleMs);
  const streamKb = (((await service.memory()).residentMb - before.residentMb) * 1_024) / streams;
  const results: Result[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    await readers.report();
    const written = await writer.write(seconds);
    await pause(settleMs);
    const report = await readers.report();
    if (form === 'every event' && report.leastPosition !== writer.position) {
      throw new Error(`a stream has come to ${report.leastPosition} of ${writer.position} events`);
    }
    // The first is to warm up.
    if (round > 0) results.push(resultOf(written, report, seconds));
  }
  return { ...medians(results), streamKb };
}

function resultOf({ perSecond, serverCpu, loadCpu }: Paced, report: ReadersReport, seconds: number): Result {
  return {
    p50Ms: percentile(report.latenciesMs, 0.5),
    p99Ms: percentile(report.latenciesMs, 0.99),
    commitsPerSecond: perSecond,
    megabytesPerSecond: report.bytes / seconds / 1e6,
    serverCpu,
    loadCpu,
    readerCpu: report.cpuMs / 1_000 / seconds,
  };
}

/** Edits the orders in turn. Each edit is a commit, and an event. */
class Writer {
  readonly #service: Candidate;
  #edits = 0;

  constructor(service: Candidate) {
    this.#service = service;
  }

  /** Of the latest event. Each order was created by one. */
  get position(): number {
    return streams + this.#edits;
  }

  write(seconds: number): Promise<Paced> {
    const edit = (client: JsonClient) => {
      this.#edits += 1;
      return client.put(`/orders/${1 + (this.#edits % streams)}`, JSON.stringify({ note: `Note ${this.#edits}` }));
    };
    return paced(this.#service, edit, { perSecond: commitsPerSecond, seconds, connections: writers });
  }
}

type Readers = AsyncDisposable & { open(order: ReadersOrder): Promise<void>; report(): Promise<ReadersReport> };

function startReaders(): Readers {
  const child: Child = startNode(['bench/stream-readers.ts'], {}, ['ignore', 'inherit', 'inherit', 'ipc']);
  const ask = async <Answer>(question: ReadersOrder | 'report'): Promise<Answer> => {
    const answered = once(child.process, 'message');
    child.process.send?.(question);
    const [answer] = await Promise.race([answered, child.ended]);
    return answer as Answer;
  };
  return {
    open: (order) => ask<void>(order),
    report: () => ask<ReadersReport>('report'),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
