// Whole lives of orders on SQLite, compared with bare servers that execute the same five writes.

import { choosePollMs, type LivesResult, runLives } from '../load/lives.ts';
import type { Options } from '../options.ts';
import { formatNumber, formatRatio, formatTable } from '../report/format.ts';
import { checkBelow, checkMaximum, checkMinimum, createBar, type PartReport } from '../report/part-report.ts';
import type { ServerUnderTest } from '../servers/server-under-test.ts';
import { startSqliteService } from '../servers/service.ts';
import { startSqliteBare } from '../servers/sqlite-peers.ts';
import { computeMedian, computeMedians } from '../statistics.ts';
import { type Contender, computeRatios, measureRounds, type Rounds } from './rounds.ts';

const clients = 64;
const warmupSeconds = 2;

/** How the report names the service and its earlier version in comparisons of lives. */
export const serviceName = 'this service';
export const earlierName = 'an earlier version';

type LivesRounds = Rounds<LivesResult>;

/** Measures lives on SQLite. */
export async function measureLives({ rounds, seconds, before }: Options): Promise<PartReport> {
  await using opened = new AsyncDisposableStack();
  const contenders: Contender<ServerUnderTest>[] = [
    { name: serviceName, server: opened.use(await startSqliteService('quiet')) },
    { name: singleName, server: opened.use(await startSqliteBare('single')) },
    { name: groupedName, server: opened.use(await startSqliteBare('grouped')) },
  ];
  if (before !== undefined) {
    const server = opened.use(await startSqliteService('quiet', undefined, { checkout: before }));
    contenders.push({ name: earlierName, server });
  }
  const results = await measureLivesRounds('lives', contenders, { rounds, seconds, clients });
  return {
    title: 'Lives of orders on SQLite',
    text: [describeLives(clients), describePeers, '', formatLives(results, false)].join('\n'),
    targets: listTargets(results),
    charts: { lives: createLivesBars('SQLite', results) },
  };
}

const singleName = 'bare, one commit per write';
const groupedName = 'bare, grouped commits';

const describePeers = `
The bare servers (\`bench/peers/sqlite-bare.ts\`) execute the same five writes with \`node:http\` and better-sqlite3: create,
validate, begin of the attempt, result, approve. They append no events, keep no idempotency keys, check no contract, and
evaluate one fixed rule. With grouped commits, all writes that wait share one commit: the limit of one process.`;

function listTargets(results: LivesRounds) {
  const service = results[serviceName] ?? [];
  const waitsMs = service.map(({ waitP99Ms }) => waitP99Ms);
  const earlier = results[earlierName];
  return [
    checkMinimum('life on SQLite / grouped limit', 0.7, computeRatios(service, results[groupedName] ?? [], toRate)),
    ...(earlier
      ? [checkMaximum('CPU of a life on SQLite / earlier version', 0.45, computeRatios(service, earlier, toCpu))]
      : []),
    checkBelow('from 202 to VALIDATED, p99', 500, 'ms', computeMedian(waitsMs)),
  ];
}

/** Lives per second. */
export function toRate({ perSecond }: LivesResult): number {
  return perSecond;
}

function toCpu({ cpuUs }: LivesResult): number {
  return cpuUs;
}

/** Measures rounds after a warm-up of each server. */
export async function measureLivesRounds(
  part: string,
  contenders: readonly Contender<ServerUnderTest>[],
  { rounds, seconds, clients }: { rounds: number; seconds: number; clients: number },
): Promise<LivesRounds> {
  for (const { server } of contenders) await runLives(server, { clients, seconds: warmupSeconds });
  return measureRounds(part, rounds, contenders, (server) => runLives(server, { clients, seconds }));
}

/** Describes the load. */
export function describeLives(clients: number): string {
  return [
    `${clients} clients, each: create → validate → read every ${choosePollMs(0)} ms, later less often, until VALIDATED → approve. CPU is the`,
    'time of the whole process per life. Ratios are those of this service to the server of the row, in the same round.',
  ].join('\n');
}

/** Formats the results as Markdown. */
export function formatLives(results: LivesRounds, hasDatabaseServer: boolean): string {
  const service = results[serviceName] ?? [];
  const databaseColumns = hasDatabaseServer ? ['PostgreSQL CPU µs/life'] : [];
  const columns = [
    ...['', 'lives/s', 'ratio', 'CPU µs/life', 'CPU ratio', ...databaseColumns],
    ...['202 to VALIDATED, p50 ms', 'p99 ms', 'reads/life', 'load generator µs/life'],
  ];
  const rows = Object.entries(results).map(([name, rounds]) => {
    const median = computeMedians(rounds);
    const toRatio = (figure: typeof toRate) =>
      name === serviceName ? '1' : formatRatio(computeRatios(service, rounds, figure));
    return [
      ...[name, formatNumber(median.perSecond), toRatio(toRate), formatNumber(median.cpuUs), toRatio(toCpu)],
      ...(hasDatabaseServer ? [formatNumber(median.databaseCpuUs)] : []),
      ...[formatNumber(median.waitP50Ms, 1), formatNumber(median.waitP99Ms, 1)],
      ...[formatNumber(median.readsPerLife, 1), formatNumber(median.loadCpuUs)],
    ];
  });
  return formatTable(columns, rows);
}

/** The bars of the chart of lives. */
export function createLivesBars(group: string, results: LivesRounds) {
  return Object.entries(results).map(([name, rounds]) =>
    createBar(group, name, rounds.map(toRate), name === serviceName),
  );
}
