// Latency of reads and health checks while clients write to a slow disk.

import { findPreloadObstacle } from '../../test/kit/power/preload-library.ts';
import { createSlowDisk, type SlowDisk } from '../disk/slow-disk.ts';
import { JsonClient } from '../load/json-client.ts';
import { runLoad } from '../load/load.ts';
import { openProbeClient, probeLatencies } from '../load/probe-load.ts';
import { createOrder } from '../load/requests.ts';
import { formatNumber, formatTable } from '../report/format.ts';
import { checkBelow, type PartReport } from '../report/part-report.ts';
import { startCpuMeasurement } from '../servers/cpu-usage.ts';
import type { ServerUnderTest } from '../servers/server-under-test.ts';
import { startSqliteService } from '../servers/service.ts';
import { startSqliteBare } from '../servers/sqlite-peers.ts';
import { computePercentile } from '../statistics.ts';

const title = 'Latency with a slow disk';
const writers = 4;
const probesPerSecond = 25;
const seededOrders = 200;
const maxP99Ms = 50;
/** The delay of each sync in milliseconds, and the duration of its measurement. */
const delays = [
  { delayMs: 0, seconds: 5 },
  { delayMs: 100, seconds: 6 },
  { delayMs: 1_000, seconds: 12 },
];
const slowestMs = 1_000;

const paths = { 'GET one': '/orders/7', 'GET list of 20': '/orders?limit=20', '/health': '/health' };

type Probe = keyof typeof paths;

type DelayResult = {
  delayMs: number;
  latencies: Record<Probe, number[]>;
  writesPerSecond: number;
  /** The CPU time of the serving process per request, in microseconds. */
  cpuUs: number;
};

/** Measures the service and the bare server. Each has its own slow disk. */
export async function measureSlowDisk(): Promise<PartReport> {
  const obstacle = await findPreloadObstacle();
  if (obstacle !== undefined) return { title, text: `Not measured: ${obstacle}.` };
  const service = await measureServer('this service', ({ environment }) =>
    startSqliteService('quiet', undefined, { environment }),
  );
  const bare = await measureServer('bare, one commit per write', ({ environment }) =>
    startSqliteBare('single', { environment }),
  );
  const text = [
    `${writers} connections create orders all the time, while ${probesPerSecond} requests of each kind are sent per second. A library`,
    'that is preloaded into the server (`bench/disk/slow-sync.c`) delays each fsync. Latencies include the time that a',
    'request waits for a connection. CPU is the time of the whole process per request, reads and writes together.',
    '',
    formatTable(columns, [...service.rows, ...bare.rows]),
  ];
  const slowest = service.results.find(({ delayMs }) => delayMs === slowestMs);
  const targets = (Object.keys(paths) as Probe[]).map((probe) => {
    const p99Ms = computePercentile(slowest?.latencies[probe] ?? [], 0.99);
    return checkBelow(`${probe} while each fsync takes ${slowestMs / 1000} s, p99`, maxP99Ms, 'ms', p99Ms);
  });
  return { title, text: text.join('\n'), targets };
}

const columns = [
  ...['', 'each fsync takes additional ms'],
  ...Object.keys(paths).flatMap((probe) => [`${probe}, p50 ms`, 'p99 ms']),
  ...['writes/s', 'CPU µs/request'],
];

async function measureServer(name: string, start: (disk: SlowDisk) => Promise<ServerUnderTest>) {
  await using disk = await createSlowDisk();
  await using server = await start(disk);
  await runLoad(server, createOrder, { requests: seededOrders }, writers);
  using probes = await openProbeClient(server, paths['/health']);
  const results: DelayResult[] = [];
  for (const { delayMs, seconds } of delays) {
    await disk.setDelayMs(delayMs);
    results.push({ delayMs, ...(await measureDelay(server, probes, seconds)) });
    await disk.setDelayMs(0);
    process.stderr.write(`slow disk: ${name}, ${delayMs} ms\n`);
  }
  const rows = results.map(({ delayMs, latencies, writesPerSecond, cpuUs }) => [
    ...[name, formatNumber(delayMs)],
    ...Object.values(latencies).flatMap((values) =>
      [0.5, 0.99].map((share) => formatNumber(computePercentile(values, share), 1)),
    ),
    ...[formatNumber(writesPerSecond), formatNumber(cpuUs)],
  ]);
  return { results, rows };
}

/** The last writes of the writers end with the delay, but are not measured. */
async function measureDelay(
  server: ServerUnderTest,
  probes: JsonClient,
  seconds: number,
): Promise<Omit<DelayResult, 'delayMs'>> {
  using client = new JsonClient(server, writers);
  const stopping = new AbortController();
  let writes = 0;
  const write = async () => {
    while (!stopping.signal.aborted) {
      await client.post(createOrder.path, createOrder.body);
      writes += 1;
    }
  };
  const endMeasurement = await startCpuMeasurement(server);
  const writing = Promise.all(Array.from({ length: writers }, write));
  const latencies = await probeLatencies(probes, { paths, perSecond: probesPerSecond, seconds });
  const reads = Object.values(latencies).reduce((sum, { length }) => sum + length, 0);
  const { elapsedMs, cpuUs } = await endMeasurement(reads + writes);
  const writesPerSecond = (1000 * writes) / elapsedMs;
  stopping.abort();
  await writing;
  return { latencies, writesPerSecond, cpuUs };
}
