// Compares the service with other servers for single requests. Each round starts all servers again, in alternating
// order. The result is the median of the ratios.

import { defaultConnections, type LoadResult, type LoadSource, runLoad } from '../load/load.ts';
import { createOrder, listOrders, readOrders, seededOrderCount } from '../load/requests.ts';
import type { Options } from '../options.ts';
import { formatNumber, formatPercent, formatRatio, formatTable } from '../report/format.ts';
import { checkMinimum, createBar, type PartReport } from '../report/part-report.ts';
import type { ServerUnderTest } from '../servers/server-under-test.ts';
import { startSqliteService } from '../servers/service.ts';
import { startSqliteBare } from '../servers/sqlite-peers.ts';
import { computeMedians } from '../statistics.ts';
import { type Contender, computeRatios, measureRounds, type Rounds } from './rounds.ts';

const scenarios: { name: string; source: LoadSource }[] = [
  { name: 'GET one', source: readOrders },
  { name: 'GET list of 20', source: listOrders },
  { name: 'POST', source: createOrder },
];

/** The least ratio of the service to the bare server, in the order of the scenarios. Undefined: no target. */
type Minimums = readonly (number | undefined)[];

/** A compared server. It is started for each round. */
export type RequestContender = Contender<() => Promise<ServerUnderTest>>;

/** The results of each server, each in the order of the scenarios. */
export type RequestRounds = Rounds<LoadResult[]>;

/** Measures requests on SQLite. */
export async function measureRequests(options: Options): Promise<PartReport> {
  const results = await measureRequestRounds(
    'requests',
    [
      { name: 'bare', server: () => startSqliteBare('single') },
      { name: 'quiet', server: () => startSqliteService('quiet') },
      { name: 'full', server: () => startSqliteService('full') },
    ],
    options,
  );
  const minimums = [0.8, 0.9, 1.2];
  return {
    title: 'Requests on SQLite',
    text: [
      describeRequests,
      'Without request log, authentication and rate limits:',
      formatRequests(results, 'bare', 'quiet', minimums),
      'As in production, with request log, authentication and rate limits:',
      formatRequests(results, 'bare', 'full'),
    ].join('\n\n'),
    targets: listRequestTargets('SQLite', results, minimums),
    charts: { requests: createRequestBars('SQLite', results) },
  };
}

/** Describes the tables. */
export const describeRequests = `\
Requests over ${defaultConnections} connections. \`CPU\` is the time of the whole serving process per request in microseconds, and its share
of one CPU. The load generator takes the time in the last column. A server that is not near 100 % waits for the disk or
for a free core.`;

/** Measures all servers in each round. */
export function measureRequestRounds(
  part: string,
  contenders: readonly RequestContender[],
  { rounds, seconds }: Pick<Options, 'rounds' | 'seconds'>,
): Promise<RequestRounds> {
  return measureRounds(part, rounds, contenders, async (start) => {
    await using server = await start();
    await runLoad(server, createOrder, { requests: seededOrderCount });
    const results: LoadResult[] = [];
    for (const { source } of scenarios) {
      await runLoad(server, source, { seconds: 0.5 });
      results.push(await runLoad(server, source, { seconds }));
    }
    return results;
  });
}

/** The results of a server in a scenario, one for each round. */
function selectResults(results: RequestRounds, name: string, scenario: number): LoadResult[] {
  return (results[name] ?? []).flatMap((round) => round[scenario] ?? []);
}

function computeRateRatios(results: RequestRounds, service: string, peer: string, scenario: number): number[] {
  const [numerators, denominators] = [service, peer].map((name) => selectResults(results, name, scenario));
  return computeRatios(numerators ?? [], denominators ?? [], ({ perSecond }) => perSecond);
}

/** Formats the comparison of a server with a peer as a Markdown table. */
export function formatRequests(results: RequestRounds, peer: string, name: string, minimums: Minimums = []): string {
  const columns = [
    ...['', `${peer}/s`, 'service/s', 'ratio', 'target', `${peer} CPU µs`, 'CPU µs', 'CPU ratio'],
    ...['p50 ms', 'p99 ms', `${peer} p99 ms`, 'load µs'],
  ];
  const rows = scenarios.map((scenario, index) => {
    const [peers, services] = [selectResults(results, peer, index), selectResults(results, name, index)];
    const [bare, service] = [computeMedians(peers), computeMedians(services)];
    const target = minimums[index];
    return [
      ...[scenario.name, formatNumber(bare.perSecond), formatNumber(service.perSecond)],
      ...[formatRatio(computeRateRatios(results, name, peer, index)), target === undefined ? '' : `≥ ${target}`],
      ...[formatCpu(bare), formatCpu(service), formatRatio(computeRatios(services, peers, ({ cpuUs }) => cpuUs))],
      ...[formatNumber(service.p50Ms, 1), formatNumber(service.p99Ms, 1), formatNumber(bare.p99Ms, 1)],
      formatNumber(service.loadCpuUs),
    ];
  });
  return formatTable(columns, rows);
}

function formatCpu({ cpuUs, serverCpu, databaseCpuUs }: LoadResult): string {
  const database = databaseCpuUs > 0 ? ` + ${formatNumber(databaseCpuUs)}` : '';
  return `${formatNumber(cpuUs)}${database} (${formatPercent(serverCpu)})`;
}

/** Compares the service with the bare server. */
export function listRequestTargets(database: string, results: RequestRounds, minimums: Minimums) {
  return scenarios.flatMap(({ name }, index) => {
    const minimum = minimums[index];
    const ratios = computeRateRatios(results, 'quiet', 'bare', index);
    return minimum === undefined ? [] : [checkMinimum(`${name} on ${database} / bare server`, minimum, ratios)];
  });
}

/** The bars of the chart of requests: ratios to the bare server. */
export function createRequestBars(database: string, results: RequestRounds) {
  return scenarios.map(({ name }, index) =>
    createBar(database, name, computeRateRatios(results, 'quiet', 'bare', index), true),
  );
}
