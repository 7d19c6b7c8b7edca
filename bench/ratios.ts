// The service against the limit of the machine, request by request, with nothing but the path of the request and with
// everything on. Each round runs all of them, the next in the opposite order; what counts is the median of the ratios.

import { type Candidate, startBaseline, startService } from './candidate.ts';
import { type Load, type LoadSource, load, usualConnections } from './load.ts';
import type { Options } from './options.ts';
import type { Profile } from './profiles.ts';
import { number, percent, ratio, type Section, table } from './report.ts';
import { createOrder, listOrders, readableOrders, readOrders } from './requests.ts';
import { medians } from './statistics.ts';

type Scenario = { name: string; source: LoadSource; target: string };

const scenarios: Scenario[] = [
  { name: 'GET one', source: readOrders, target: '0.9' },
  { name: 'GET list of 20', source: listOrders, target: '1.0' },
  { name: 'POST', source: createOrder, target: '3.0' },
];

type Name = 'limit' | Profile;

/** How each of them is started. */
export type Candidates = Record<Name, () => Promise<Candidate>>;

const names: Name[] = ['limit', 'quiet', 'full'];

/** The loads of one contestant, in the order of the scenarios. */
type Run = Load[];
export type Round = Record<Name, Run>;

const onSqlite: Candidates = {
  limit: startBaseline,
  quiet: () => startService('quiet'),
  full: () => startService('full'),
};

export async function measureRatios(options: Options): Promise<Section> {
  return { title: 'Against the limit', text: formatRatios(await compare(onSqlite, options), true) };
}

/** Measures all, round by round. */
export async function compare(contestants: Candidates, { rounds, seconds }: Options): Promise<Round[]> {
  const results: Round[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const order = round % 2 === 1 ? names : names.toReversed();
    const runs: [Name, Run][] = [];
    for (const name of order) runs.push([name, await measure(contestants[name], seconds)]);
    results.push(Object.fromEntries(runs) as Round);
    process.stderr.write(`ratios: round ${round} of ${rounds}\n`);
  }
  return results;
}

async function measure(start: () => Promise<Candidate>, seconds: number): Promise<Run> {
  await using contestant = await start();
  await load(contestant, createOrder, { requests: readableOrders });
  const loads: Run = [];
  for (const { source } of scenarios) {
    await load(contestant, source, { seconds: 1 });
    loads.push(await load(contestant, source, { seconds }));
  }
  return loads;
}

/** @param areTargets whether what is aimed at stands beside */
export function formatRatios(results: Round[], areTargets: boolean): string {
  return [
    `Requests over ${usualConnections} connections. \`CPU\` is how busy the thread is that answers, then the process that asks: where the`,
    'first is near 100 %, it is the server that is measured; a `POST` also waits for the disk.',
    '',
    'With nothing but the path of the request: no log of requests, no limits.',
    '',
    tableOf(results, 'quiet', areTargets),
    '',
    'With everything on: every request logged.',
    '',
    tableOf(results, 'full', areTargets),
  ].join('\n');
}

function tableOf(results: Round[], profile: Profile, areTargets: boolean): string {
  const columns = [
    '',
    'limit/s',
    'service/s',
    'ratio',
    'target',
    'p50 ms',
    'p99 ms',
    'limit p99 ms',
    'limit CPU',
    'CPU',
  ];
  const rows = scenarios.map(({ name, target }, index) => {
    const limits = loadsOf(results, 'limit', index);
    const services = loadsOf(results, profile, index);
    const ratios = services.map(({ perSecond }, round) => perSecond / (limits[round]?.perSecond ?? Number.NaN));
    const [limit, service] = [medians(limits), medians(services)];
    return [
      ...[name, number(limit.perSecond), number(service.perSecond), ratio(ratios), areTargets ? target : ''],
      ...[number(service.p50Ms, 1), number(service.p99Ms, 1), number(limit.p99Ms, 1)],
      ...[cpusOf(limit), cpusOf(service)],
    ];
  });
  return table(columns, rows);
}

/** One load a round. */
function loadsOf(results: Round[], name: Name, scenario: number): Load[] {
  return results.flatMap((round) => round[name][scenario] ?? []);
}

function cpusOf({ serverCpu, loadCpu }: Load): string {
  return `${percent(serverCpu)}, ${percent(loadCpu)}`;
}
