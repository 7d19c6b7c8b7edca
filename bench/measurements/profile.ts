// The CPU time of a life by part: the service and its peers are profiled under the load of lives. The profile gives the
// shares; the sum is the CPU time of a life without a profiler.

import { durablePostgres, startPostgresServer } from '../../test/kit/database/postgres-server.ts';
import { createTemporaryFolder } from '../../test/kit/folder.ts';
import { runLives } from '../load/lives.ts';
import type { Options } from '../options.ts';
import { lifeParts } from '../profile/attribution.ts';
import { type FunctionTime, listFunctions, readProfiles } from '../profile/cpu-profile.ts';
import { type PartTimes, sumCpuTime } from '../profile/life-profile.ts';
import { readThreads, runsJavaScript, subtractThreads, type ThreadTimes } from '../profile/threads.ts';
import { formatNumber, formatPercent, formatTable } from '../report/format.ts';
import type { PartReport } from '../report/part-report.ts';
import { findPostgres, startPostgresByHand, startPostgresService } from '../servers/postgres-servers.ts';
import type { ServerUnderTest } from '../servers/server-under-test.ts';
import { type ServiceVariant, startSqliteService } from '../servers/service.ts';
import { startSqliteBare } from '../servers/sqlite-peers.ts';

const warmupSeconds = 2;
const measuredSeconds = 3;
const samplingIntervalUs = 500;
const listedFunctions = 12;

type Subject = { label: string; clients: number; start(variant: ServiceVariant): Promise<ServerUnderTest> };

/** The CPU time of a life in microseconds by part, and of the threads that execute JavaScript. */
type LifeProfile = {
  label: string;
  cpuUs: number;
  parts: PartTimes;
  threads: ThreadTimes[];
  /** The functions of the main thread with the most active time. */
  functions: FunctionTime[];
};

/** Profiles the service and a peer on both databases. */
export async function measureProfile({ postgresUrl }: Options): Promise<PartReport> {
  await using opening = new AsyncDisposableStack();
  const url = postgresUrl ?? opening.use(await startPostgresServer(durablePostgres)).url;
  const postgres = await findPostgres(url);
  const subjects: Subject[] = [
    { label: 'SQLite: this service', clients: 64, start: (variant) => startSqliteService('quiet', undefined, variant) },
    { label: 'SQLite: bare, grouped', clients: 64, start: (variant) => startSqliteBare('grouped', variant) },
    {
      label: 'PostgreSQL: this service',
      clients: 32,
      start: (variant) => startPostgresService(postgres, 'quiet', variant),
    },
    { label: 'PostgreSQL: by hand', clients: 32, start: (variant) => startPostgresByHand(postgres, variant) },
  ];
  const profiles: LifeProfile[] = [];
  for (const subject of subjects) {
    profiles.push(await profileSubject(subject));
    process.stderr.write(`profile: ${subject.label}\n`);
  }
  const text = [
    'Microseconds per life and shares. A CPU profile of all threads (`node --cpu-prof`) gives the shares; the sum is measured',
    'without a profiler. `commit` is the CPU time of the COMMIT on SQLite; on PostgreSQL it is part of the statements. `other`',
    'contains promises, timers and native threads; garbage collection contains the threads of V8, which also compile.',
    '',
    formatParts(profiles),
    '',
    'Use of one CPU by each thread that executes JavaScript, in the order of their creation, while profiled:',
    '',
    formatTable(
      ['', 'threads'],
      profiles.map(({ label, threads }) => [label, threads.map(({ cpuUs }) => formatPercent(cpuUs)).join(', ')]),
    ),
  ];
  for (const { label, functions } of profiles.filter(({ label }) => label.endsWith('this service'))) {
    const caption = `${label}: the functions of the main thread with the most time of their own, while profiled.`;
    text.push('', caption, '', formatFunctions(functions));
  }
  return {
    title: 'CPU time of a life by part',
    text: text.join('\n'),
    charts: { lifeCpu: profiles.map(({ label, parts }) => ({ label, parts: Object.fromEntries(parts) })) },
  };
}

async function profileSubject({ label, clients, start }: Subject): Promise<LifeProfile> {
  const { cpuUs, livesPerRun } = await measureUnprofiled(clients, start);
  await using folder = await createTemporaryFolder();
  const nodeArgv = ['--cpu-prof', `--cpu-prof-dir=${folder.path}`, `--cpu-prof-interval=${samplingIntervalUs}`];
  const { window, threads } = await measureProfiled(clients, livesPerRun, () => start({ nodeArgv }));
  const profiles = await readProfiles(folder.path, window);
  const times = sumCpuTime(threads, profiles, window);
  const sum = [...times.values()].reduce((total, us) => total + us, 0);
  return {
    label,
    cpuUs,
    functions: profiles.slice(0, 1).flatMap((profile) => listFunctions(profile, window, listedFunctions)),
    parts: new Map([...times].map(([part, us]) => [part, (us * cpuUs) / sum])),
    threads: threads
      .filter(runsJavaScript)
      .map((thread) => ({ ...thread, cpuUs: thread.cpuUs / (window.endUs - window.startUs) })),
  };
}

async function measureUnprofiled(clients: number, start: Subject['start']) {
  await using server = await start({});
  const { perSecond } = await runLives(server, { clients, seconds: warmupSeconds });
  const livesPerRun = Math.ceil(perSecond * measuredSeconds);
  const { cpuUs } = await runLives(server, { clients, lives: livesPerRun });
  return { cpuUs, livesPerRun };
}

/** The server must have ended before its profiles are read. */
async function measureProfiled(clients: number, lives: number, start: () => Promise<ServerUnderTest>) {
  await using server = await start();
  await runLives(server, { clients, seconds: warmupSeconds });
  const before = await readThreads(server.pid);
  await runLives(server, { clients, lives });
  const after = await readThreads(server.pid);
  const window = { startUs: before.timeUs, endUs: after.timeUs };
  return { window, threads: subtractThreads(after, before) };
}

function formatParts(profiles: readonly LifeProfile[]): string {
  const rows = lifeParts.map((part) => [
    part,
    ...profiles.map(({ parts, cpuUs }) => {
      const us = parts.get(part) ?? 0;
      return `${formatNumber(us)} (${formatPercent(us / cpuUs)})`;
    }),
  ]);
  const sums = ['sum', ...profiles.map(({ cpuUs }) => `**${formatNumber(cpuUs)}**`)];
  return formatTable(['', ...profiles.map(({ label }) => label)], [...rows, sums]);
}

function formatFunctions(functions: readonly FunctionTime[]): string {
  // Names of regular expressions contain the expression.
  const toCode = (name: string) => `\`${name.replaceAll(/[|`]/g, '…')}\``;
  const rows = functions.map(({ name, part, us }) => [toCode(name), part, formatNumber(us / 1000)]);
  return formatTable(['function', 'part', 'ms'], rows);
}
