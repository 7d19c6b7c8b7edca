// Three nodes on a PostgreSQL server of their own with durable settings.

import { durablePostgres, startPostgresServer } from '../database/postgres-server.ts';
import { createTemporaryFolder } from '../folder.ts';
import { Nodes } from './nodes.ts';
import { createNodePolicy } from './policy.ts';
import { createNodeClient } from './requests.ts';
import { TakeoverMonitor } from './takeover-monitor.ts';

/** Starts the server, three nodes and the takeover monitor. The rules of each node have their own policy version. */
export async function startCluster() {
  await using opening = new AsyncDisposableStack();
  const server = opening.use(await startPostgresServer(durablePostgres));
  const folder = opening.use(await createTemporaryFolder());
  const environments = [0, 1, 2].map(async (node) => ({
    DATABASE_URL: server.url,
    LOG_LEVEL: 'info',
    VALIDATION_POLICY: await folder.write(`policy-${node}.json`, createNodePolicy(node)),
    VALIDATION_THREADS: '2',
    // A validation must not become dead because its nodes were killed, only because of the rules.
    ...{ VALIDATION_ATTEMPTS: '50', VALIDATION_TIMEOUT_MS: '60000' },
    ...{ WEBHOOKS_ALLOW_HTTP: 'on', WEBHOOKS_ALLOW_PRIVATE: 'on' },
  }));
  const nodes = opening.use(await Nodes.start(await Promise.all(environments)));
  const versions = await Promise.all(nodes.urls.map(async (url) => (await createNodeClient(url).policy.get()).version));
  const takeoverMonitor = opening.use(new TakeoverMonitor(server.url, versions));
  const opened = opening.move();
  return { server, nodes, takeoverMonitor, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

export type Cluster = Awaited<ReturnType<typeof startCluster>>;
