// Compares the service with the baseline for single requests, in both profiles. Each round runs all servers, in
// alternating order. The result is the median of the ratios.

import { defaultConnections, type LoadResult, type LoadSource, runLoad } from '../load/load.ts';
import { createOrder, listOrders, readOrders, seededOrderCount } from '../load/requests.ts';
import type { Options } from '../options.ts';
import { formatNumber, formatPercent, formatRatio, formatTable, type ReportSection } from '../report.ts';
import type { Profile } from '../servers/profiles.ts';
import { type ServerUnderTest, startSqliteBaseline, startSqliteService } from '../servers/server-under-test.ts';
import { computeMedians } from '../statistics.ts';

type Scenario = { name: string; source: LoadSource; target: string };

const scenarios: Scenario[] = [
  { name: 'GET one', source: readOrders, target: '0.9' },
  { name: 'GET list of 20', source: listOrders, target: '1.0' },
  { name: 'POST', source: createOrder, target: '3.0' },
];

type ServerName = 'baseline' | Profile;

/** Starts each of the compared servers. */
export type ServerStarters = Record<ServerName, () => Promise<ServerUnderTest>>;

const serverNames: ServerName[] = ['baseline', 'quiet', 'full'];

/** The results of one server, in the order of the scenarios. */
type ServerResults = LoadResult[];

/** The results of one round. */
export type RatioRound = Record<ServerName, ServerResults>;

const sqliteStarters: ServerStarters = {
  baseline: startSqliteBaseline,
  quiet: () => startSqliteService('quiet'),
  full: () => startSqliteService('full'),
};

/** Compares the service with the baseline on SQLite. */
export async function measureRatios(options: Options): Promise<ReportSection> {
  return {
    title: 'Comparison with the baseline',
    text: formatRatios(await measureRounds(sqliteStarters, options), true),
  };
}

/** Measures all servers in each round. */
export async function measureRounds(starters: ServerStarters, { rounds, seconds }: Options): Promise<RatioRound[]> {
  const results: RatioRound[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const order = round % 2 === 1 ? serverNames : serverNames.toReversed();
    const entries: [ServerName, ServerResults][] = [];
    for (const name of order) entries.push([name, await measure(starters[name], seconds)]);
    results.push(Object.fromEntries(entries) as RatioRound);
    process.stderr.write(`ratios: round ${round} of ${rounds}\n`);
  }
  return results;
}

async function measure(start: () => Promise<ServerUnderTest>, seconds: number): Promise<ServerResults> {
  await using server = await start();
  await runLoad(server, createOrder, { requests: seededOrderCount });
  const results: ServerResults = [];
  for (const { source } of scenarios) {
    await runLoad(server, source, { seconds: 1 });
    results.push(await runLoad(server, source, { seconds }));
  }
  return results;
}

/**
 * Formats the results as Markdown.
 * @param hasTargets whether the table contains the targets
 */
export function formatRatios(results: RatioRound[], hasTargets: boolean): string {
  return [
    `Requests over ${defaultConnections} connections. \`CPU\` is the usage of the serving thread, then of the load generator. If the first is near`,
    '100 %, the server is the bottleneck; a `POST` also waits for the disk.',
    '',
    'Request handling only: no request log, no authentication, no rate limits.',
    '',
    formatRatioTable(results, 'quiet', hasTargets),
    '',
    'As in production: request log, authentication, and rate limits.',
    '',
    formatRatioTable(results, 'full', hasTargets),
  ].join('\n');
}

function formatRatioTable(results: RatioRound[], profile: Profile, hasTargets: boolean): string {
  const columns = [
    '',
    'baseline/s',
    'service/s',
    'ratio',
    'target',
    'p50 ms',
    'p99 ms',
    'baseline p99 ms',
    'baseline CPU',
    'service CPU',
  ];
  const rows = scenarios.map(({ name, target }, index) => {
    const baselines = selectResults(results, 'baseline', index);
    const services = selectResults(results, profile, index);
    const ratios = services.map(({ perSecond }, round) => perSecond / (baselines[round]?.perSecond ?? Number.NaN));
    const [baseline, service] = [computeMedians(baselines), computeMedians(services)];
    return [
      ...[
        name,
        formatNumber(baseline.perSecond),
        formatNumber(service.perSecond),
        formatRatio(ratios),
        hasTargets ? target : '',
      ],
      ...[formatNumber(service.p50Ms, 1), formatNumber(service.p99Ms, 1), formatNumber(baseline.p99Ms, 1)],
      ...[formatCpuUsage(baseline), formatCpuUsage(service)],
    ];
  });
  return formatTable(columns, rows);
}

/** The results of a server in a scenario, one for each round. */
function selectResults(results: RatioRound[], name: ServerName, scenario: number): LoadResult[] {
  return results.flatMap((round) => round[name][scenario] ?? []);
}

function formatCpuUsage({ serverCpu, loadCpu }: LoadResult): string {
  return `${formatPercent(serverCpu)}, ${formatPercent(loadCpu)}`;
}
