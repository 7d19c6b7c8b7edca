// Failovers to a synchronous standby: every acknowledged order exists afterwards.

import { setImmediate } from 'node:timers/promises';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { runStatement } from '../kit/database/database.ts';
import { startPostgresProxy } from '../kit/database/postgres-proxy.ts';
import { replicatedPostgres, startPostgresServer } from '../kit/database/postgres-server.ts';
import { buildOrder, createOrdersUntil, readEveryOrder } from '../kit/http/orders.ts';
import { startTestApp } from '../kit/service/app.ts';
import { waitUntil } from '../kit/wait-until.ts';

/** Starts the service on a primary with a synchronous standby. `failOver` replaces the primary by the standby. */
async function startReplicated(databaseTimeoutMs: number) {
  await using opening = new AsyncDisposableStack();
  const primary = opening.use(await startPostgresServer(replicatedPostgres));
  const standby = opening.use(await primary.startStandby());
  const proxy = opening.use(await startPostgresProxy(primary.url));
  await runStatement(primary.url, "alter system set synchronous_standby_names = 'standby'");
  // The default would hide the warning of a cancelled commit.
  await runStatement(primary.url, 'alter system set client_min_messages = error');
  await runStatement(primary.url, 'select pg_reload_conf()');
  const admin = opening.adopt(new Client(primary.url), (client) => client.end().catch(() => {}));
  admin.on('error', () => {});
  await admin.connect();
  await waitUntil(
    () => admin.query("select from pg_stat_replication where sync_state = 'sync'"),
    ({ rowCount }) => rowCount === 1,
  );
  const app = opening.use(await startTestApp({ databaseUrl: proxy.url, databaseTimeoutMs }));
  const failOver = async () => {
    await primary.stop('SIGQUIT');
    if (!standby.isRunning) await standby.start({ asStandby: true });
    await runStatement(standby.url, 'select pg_promote()');
    proxy.redirect(standby.url);
    await waitUntil(
      () => app.request('/health/ready'),
      ({ status }) => status === 200,
    );
  };
  const opened = opening.move();
  return { app, standby, admin, failOver, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

type Replicated = Awaited<ReturnType<typeof startReplicated>>;

/** Cancels what waits for the standby. @param query default: every statement */
async function cancelWaiting(admin: Client, query = '%'): Promise<void> {
  const text = "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep' and query like $1";
  await admin.query(text, [query]);
}

test('after a failover to a synchronous standby under load every acknowledged order exists', {
  timeout: 60_000,
}, async () => {
  await using replicated = await startReplicated(5_000);
  const { app, failOver } = replicated;
  const stopping = new AbortController();
  const writing = [1, 2, 3, 4].map(() => createOrdersUntil(app.client, stopping.signal));
  const hasOrders = async (minimum: number) => {
    await waitUntil(
      () => app.client.orders.list({ withTotal: true }),
      ({ page }) => (page.total ?? 0) >= minimum,
    );
  };
  await hasOrders(20);
  await failOver();
  const { page } = await app.client.orders.list({ withTotal: true });
  await hasOrders((page.total ?? 0) + 5);
  stopping.abort();
  const acknowledged = (await Promise.all(writing)).flat();
  expect(acknowledged.length).toBeGreaterThan(20);
  const orders = await readEveryOrder(app.client);
  expect(acknowledged.filter((id) => !orders.has(id))).toEqual([]);
});

/** Creates an order, and cancels every commit that waits for the standby until the response arrives. */
async function createWithCancelledCommits({ app, admin }: Replicated): Promise<Response> {
  const response = app.send('POST', '/orders', buildOrder());
  const hasEnded = response.then(() => true);
  while (!(await Promise.race([hasEnded, setImmediate(false)]))) await cancelWaiting(admin);
  return response;
}

test('an order whose commit was cancelled while the standby was away is not acknowledged', {
  timeout: 60_000,
}, async () => {
  await using replicated = await startReplicated(2_000);
  const { app, standby } = replicated;
  const acknowledged = await app.send('POST', '/orders', buildOrder());
  await standby.stop('SIGQUIT');
  const response = await createWithCancelledCommits(replicated);
  expect(response.status).toBe(503);
  await replicated.failOver();
  const { data } = await app.client.orders.list();
  expect(data.map(({ id }) => `/orders/${id}`)).toEqual([acknowledged.headers.get('location')]);
});

test('an order whose commit was cancelled is acknowledged as soon as the standby has it, and exists after a failover', {
  timeout: 60_000,
}, async () => {
  await using replicated = await startReplicated(10_000);
  const { app, standby, admin } = replicated;
  // The first commit of a node belongs to its start, and would be the one that is cancelled.
  await app.send('POST', '/orders', buildOrder());
  await standby.stop('SIGQUIT');
  let isAcknowledged = false;
  const response = app.send('POST', '/orders', buildOrder()).finally(() => {
    isAcknowledged = true;
  });
  await waitUntil(
    async () => {
      await cancelWaiting(admin, 'commit');
      return app.client.orders.list();
    },
    ({ data }) => data.length === 2,
  );
  expect(isAcknowledged).toBe(false);
  await standby.start({ asStandby: true });
  const { status, headers } = await response;
  expect(status).toBe(201);
  await replicated.failOver();
  expect((await app.request(headers.get('location') ?? '')).status).toBe(200);
});
