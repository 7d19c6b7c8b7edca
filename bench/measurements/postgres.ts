// Compares the service on PostgreSQL with other servers on the same PostgreSQL server: a bare one for single requests,
// and one that is built by hand for requests and for lives.

import { durablePostgres, startPostgresServer } from '../../test/kit/database/postgres-server.ts';
import type { LivesResult } from '../load/lives.ts';
import type { Options } from '../options.ts';
import { checkMinimum, type PartReport } from '../report/part-report.ts';
import {
  findPostgres,
  type PostgresUnderTest,
  queryPostgres,
  startPostgresBare,
  startPostgresByHand,
  startPostgresService,
} from '../servers/postgres-servers.ts';
import type { ServerUnderTest } from '../servers/server-under-test.ts';
import {
  createLivesBars,
  describeLives,
  earlierName,
  formatLives,
  measureLivesRounds,
  serviceName,
  toRate,
} from './lives.ts';
import {
  createRequestBars,
  describeRequests,
  formatRequests,
  listRequestTargets,
  measureRequestRounds,
} from './requests.ts';
import { type Contender, computeRatios, type Rounds } from './rounds.ts';

const clients = 32;
const byHandName = 'Express + pg + graphile-worker';
const minimums = [1.5, undefined, 0.85];

/** Measures requests and lives on PostgreSQL. */
export async function measurePostgres(options: Options): Promise<PartReport> {
  await using opening = new AsyncDisposableStack();
  const postgresUrl = options.postgresUrl ?? opening.use(await startPostgresServer(durablePostgres)).url;
  const postgres = await findPostgres(postgresUrl);
  const lives = await measureLives(postgres, options);
  const requests = await measureRequestRounds(
    'postgres requests',
    [
      { name: 'bare', server: () => startPostgresBare(postgres) },
      { name: 'by hand', server: () => startPostgresByHand(postgres) },
      { name: 'quiet', server: () => startPostgresService(postgres, 'quiet') },
    ],
    options,
  );
  const text = [
    await describeSetup(postgresUrl),
    describeLives(clients),
    formatLives(lives, true),
    describeRequests,
    'Compared with the bare server:',
    formatRequests(requests, 'bare', 'quiet', minimums),
    'Compared with the server built by hand:',
    formatRequests(requests, 'by hand', 'quiet'),
  ];
  return {
    title: 'Lives and requests on PostgreSQL',
    text: text.join('\n\n'),
    targets: [...listLivesTargets(lives), ...listRequestTargets('PostgreSQL', requests, minimums)],
    charts: { lives: createLivesBars('PostgreSQL', lives), requests: createRequestBars('PostgreSQL', requests) },
  };
}

async function measureLives(
  postgres: PostgresUnderTest,
  { rounds, seconds, before }: Options,
): Promise<Rounds<LivesResult>> {
  await using opened = new AsyncDisposableStack();
  const contenders: Contender<ServerUnderTest>[] = [
    { name: serviceName, server: opened.use(await startPostgresService(postgres, 'quiet')) },
    { name: byHandName, server: opened.use(await startPostgresByHand(postgres)) },
  ];
  if (before !== undefined) {
    const server = opened.use(await startPostgresService(postgres, 'quiet', { checkout: before }));
    contenders.push({ name: earlierName, server });
  }
  return await measureLivesRounds('postgres lives', contenders, { rounds, seconds, clients });
}

function listLivesTargets(results: Rounds<LivesResult>) {
  const service = results[serviceName] ?? [];
  const earlier = results[earlierName];
  return [
    checkMinimum('life on PostgreSQL / built by hand', 2, computeRatios(service, results[byHandName] ?? [], toRate)),
    ...(earlier
      ? [checkMinimum('life on PostgreSQL / earlier version', 3.5, computeRatios(service, earlier, toRate))]
      : []),
  ];
}

async function describeSetup(postgresUrl: string): Promise<string> {
  const [{ server_version: version } = {}] = await queryPostgres(postgresUrl, 'show server_version');
  const [{ fsync } = {}] = await queryPostgres(postgresUrl, 'show fsync');
  return [
    `One node on PostgreSQL ${version} (fsync ${fsync}). All servers have the same number of pooled connections. The bare server`,
    '(`bench/peers/postgres-bare.ts`) has `node:http`, prepared statements, and one transaction per write. The server built by',
    'hand (`bench/peers/postgres-by-hand.ts`) has Express, `pg` and graphile-worker, as a team would build it in an afternoon:',
    'no events, no idempotency keys, no contract. PostgreSQL, the server and the load generator share the machine.',
  ].join('\n');
}
