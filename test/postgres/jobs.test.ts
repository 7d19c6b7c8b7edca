// Several nodes share the validations of one PostgreSQL: each run is judged once with effect, whoever dies or stops in
// the midst, and whatever becomes of its job. `npm run test:jobs` does it with more of them.

import { type RawBuilder, sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { type Client, createClient } from '../../client/index.ts';
import type { Store } from '../../server/database/store.ts';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { createTemporaryDatabase } from '../kit/database.ts';
import { createTemporaryFolder } from '../kit/folder.ts';
import { createGate } from '../kit/gate.ts';
import { startHangingApp } from '../kit/hanging-app.ts';
import { hangingPolicy, manyItems, toPolicyText } from '../kit/hanging-policy.ts';
import { buildOrder, waitForValidation } from '../kit/orders.ts';
import { type ServiceProcess, startServiceProcess } from '../kit/process.ts';
import { findOpenJobIds, openTestNode, openTestQueue, openTestStore, type TestNode } from '../kit/store.ts';
import { waitUntil } from '../kit/wait-until.ts';

const validations = Number(process.env.JOBS_VALIDATIONS ?? 1_000);
const clients = 64;

/** Does something for each number from 1 to `count`, many at a time. */
async function forEach(count: number, work: (number: number) => Promise<unknown>): Promise<void> {
  let next = 1;
  const worker = async () => {
    while (next <= count) await work(next++);
  };
  await Promise.all(Array.from({ length: clients }, worker));
}

async function everythingEnded({ stats }: Client, deadlineMs?: number): Promise<void> {
  await waitUntil(
    () => stats.get(),
    ({ openValidations }) => openValidations === 0,
    deadlineMs,
  );
}

type Life = { types: string; count: number };

/** What has happened to orders, and to how many of them. */
async function livesOf({ service }: TestApp): Promise<Life[]> {
  const { rows } = await sql<Life>`select types, count(*) as count from (
      select order_id, string_agg(type || ' ' || sequence, ', ' order by sequence) as types from events group by order_id
    ) as lives group by types order by types`.execute(service.store.reader);
  return rows;
}

/** Changes jobs and runs behind the back of the service. */
async function tamper(databaseUrl: string, changes: RawBuilder<unknown>[]): Promise<void> {
  await using store = await openTestStore(databaseUrl);
  await store.transaction(async (em) => {
    for (const change of changes) await change.execute(em.getKysely());
  });
}

async function jobStates({ reader }: Store): Promise<string[]> {
  const { rows } = await sql<{ state: string }>`select state::text from pgboss.job where name = 'validation'`.execute(
    reader,
  );
  return rows.map(({ state }) => state);
}

/**
 * For how long the job had been taken that was taken first, in seconds, when somebody last looked for jobs of the dead.
 */
async function oldestSeenAlive({ reader }: Store): Promise<number> {
  const { rows } = await sql<{ seconds: number | null }>`select
    extract(epoch from max(monitor_on) - (select min(started_on) from pgboss.job))::float8 as seconds from pgboss.queue
    where name = 'validation'`.execute(reader);
  return rows[0]?.seconds ?? 0;
}

test(`two nodes apply each of ${validations} validations once`, { timeout: 60_000 + validations * 60 }, async () => {
  await using database = await createTemporaryDatabase();
  const databaseUrl = database.url;
  // Which of them has judged is told by the version of its rules.
  await using first = await startTestApp({ databaseUrl, policy: toPolicyText('order.total > 5') });
  await using second = await startTestApp({ databaseUrl, policy: toPolicyText('order.total > 5 && true') });
  const clientOf = (number: number) => (number % 2 === 0 ? first : second).client;
  await forEach(validations, async (number) => {
    const unitPrice = number % 4 === 0 ? 1 : 10;
    const order = buildOrder({ items: [{ productId: 'tea', quantity: 1, unitPrice }] });
    const { id } = await clientOf(number).orders.create(order);
    await clientOf(number).orders.validate({ orderId: id });
  });
  await everythingEnded(first.client, 20_000 + validations * 20);
  const begin = 'order.created 1, order.validation_started 2';
  expect(await livesOf(first)).toEqual([
    { types: `${begin}, order.rejected 3`, count: Math.floor(validations / 4) },
    { types: `${begin}, order.validated 3`, count: validations - Math.floor(validations / 4) },
  ]);
  const runs = await first.service.store.reader
    .selectFrom('validation_runs')
    .select(['state', 'attempt', 'policy_version'])
    .distinct()
    .execute();
  expect(new Set(runs.map(({ state }) => state))).toEqual(new Set(['passed', 'failed']));
  expect(new Set(runs.map(({ attempt }) => attempt))).toEqual(new Set([1]));
  expect(new Set(runs.map(({ policy_version }) => policy_version)).size).toBe(2);
  expect(await findOpenJobIds(first.service.store)).toEqual([]);
});

const initiator = { actor: { type: 'user', id: 'ann' }, requestId: null, address: null } as const;

async function create({ execute }: TestNode): Promise<void> {
  const { customerId, currency, items } = buildOrder();
  const order = { reference: null, customerId, currency, items, note: null, metadata: {} };
  await execute({ type: 'order.create', initiator, order });
}

async function validate({ execute }: TestNode): Promise<void> {
  await execute({ type: 'order.validate', initiator, orderId: 1, policyVersion: 'p', maxAttempts: 2 });
}

test('a job is committed with its run, and not before', async () => {
  await using database = await createTemporaryDatabase();
  const gate = createGate();
  let groups = 0;
  const beforeCommit = async () => {
    groups += 1;
    if (groups >= 2) await gate.wait();
  };
  await using node = await openTestNode(database.url, { beforeCommit });
  await create(node);
  const begun = validate(node);
  await gate.reached;
  expect(await findOpenJobIds(node.store)).toEqual([]);
  gate.open();
  await begun;
  expect(await findOpenJobIds(node.store)).toEqual([1]);
});

test('a job that has come back since it was missed stays with whoever has taken it', async () => {
  await using database = await createTemporaryDatabase();
  await using node = await openTestNode(database.url);
  await create(node);
  await validate(node);
  await tamper(database.url, [sql`update pgboss.job set state = 'active', heartbeat_on = now()`]);
  expect(await node.execute({ type: 'run.requeue', runId: 1, fence: 0 })).toBe(true);
  expect(await jobStates(node.store)).toEqual(['active']);
  await tamper(database.url, [sql`update pgboss.job set state = 'failed'`]);
  expect(await node.execute({ type: 'run.requeue', runId: 1, fence: 0 })).toBe(true);
  expect(await jobStates(node.store)).toEqual(['created']);
});

// They wait for the same silence: together, it is waited for once.
describe.concurrent('a node in the midst of a validation', () => {
  /** A process with a validation that does not end, and what is done to it then. */
  async function interrupt(databaseUrl: string, interruption: (service: ServiceProcess) => Promise<unknown>) {
    await using opening = new AsyncDisposableStack();
    const folder = opening.use(await createTemporaryFolder());
    const environment = { DATABASE_URL: databaseUrl, VALIDATION_TIMEOUT_MS: '60000' };
    const policy = await folder.write('policy.json', hangingPolicy);
    const service = opening.use(await startServiceProcess({ ...environment, VALIDATION_POLICY: policy }));
    const client = createClient({ baseUrl: service.url });
    await client.orders.create(buildOrder({ items: manyItems }));
    await client.orders.validate({ orderId: 1 });
    await waitUntil(
      () => client.validations.get({ validationId: 1 }),
      ({ state }) => state === 'running',
    );
    await interruption(service);
    const opened = opening.move();
    return { service, [Symbol.asyncDispose]: () => opened.disposeAsync() };
  }

  test('that is killed loses it to another', { timeout: 60_000 }, async () => {
    await using database = await createTemporaryDatabase();
    await using _killed = await interrupt(database.url, (service) => service.stop('SIGKILL'));
    await using app = await startTestApp({ databaseUrl: database.url });
    expect(await waitForValidation(app.client, 1)).toMatchObject({ state: 'passed', attempt: 2 });
  });

  test('that is frozen loses it to another, and its own end counts for nothing', { timeout: 60_000 }, async () => {
    await using database = await createTemporaryDatabase();
    await using frozen = await interrupt(database.url, async (service) => service.sendSignal('SIGSTOP'));
    await using app = await startTestApp({ databaseUrl: database.url });
    expect(await waitForValidation(app.client, 1)).toMatchObject({ state: 'passed', attempt: 2 });
    const order = await app.client.orders.get({ orderId: 1 });
    frozen.service.sendSignal('SIGCONT');
    expect(await frozen.service.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(await app.client.orders.get({ orderId: 1 })).toEqual(order);
    expect(await app.client.validations.get({ validationId: 1 })).toMatchObject({ state: 'passed', attempt: 2 });
  });

  test('keeps it from others for as long as it lives', { timeout: 60_000 }, async () => {
    await using database = await createTemporaryDatabase();
    const databaseUrl = database.url;
    await using app = await startHangingApp({ databaseUrl });
    await using _other = await startTestApp({ databaseUrl });
    // Somebody has looked for jobs of the dead, to the end, when this would long have been one.
    await waitUntil(
      () => oldestSeenAlive(app.service.store),
      (seconds) => seconds > 14,
      40_000,
    );
    expect(await jobStates(app.service.store)).toEqual(['active']);
    expect(await app.client.validations.get({ validationId: 1 })).toMatchObject({ state: 'running', attempt: 1 });
  });

  test('that is stopped gives back what it has taken, begun or not', async () => {
    await using database = await createTemporaryDatabase();
    const databaseUrl = database.url;
    {
      // With one attempt, a run is not begun before there is a thread for it, but there is one in reserve.
      await using app = await startHangingApp({ databaseUrl, validationThreads: 1, validationAttempts: 1 });
      await app.client.orders.create(buildOrder());
      await app.client.orders.validate({ orderId: 2 });
      await waitUntil(
        () => jobStates(app.service.store),
        (states) => states.every((state) => state === 'active'),
      );
      expect(await app.client.validations.get({ validationId: 2 })).toMatchObject({ state: 'queued' });
    }
    await using store = await openTestStore(databaseUrl);
    expect(await jobStates(store)).toEqual(['created', 'created']);
  });
});

describe('a run', () => {
  /** A run that waits, with its job, on a database that no node has open. */
  async function aWaitingRun(databaseUrl: string, changes: RawBuilder<unknown>[]) {
    {
      await using _app = await startHangingApp({ databaseUrl });
    }
    await tamper(databaseUrl, changes);
  }

  /** As it is after the nodes that took it have died: pg-boss has waited for one of them long enough. */
  const givenUp = sql`update pgboss.job set state = 'active', retry_count = retry_limit, started_on = now(),
    heartbeat_on = now() - interval '1 minute' where name = 'validation'`;

  test('whose nodes have all died is dead when its attempts are used up', async () => {
    await using database = await createTemporaryDatabase();
    const begun = sql`update validation_runs set state = 'running', attempt = max_attempts, fence = 5`;
    await aWaitingRun(database.url, [begun, givenUp]);
    await using app = await startTestApp({ databaseUrl: database.url });
    expect(await waitForValidation(app.client, 1)).toMatchObject({
      ...{ state: 'dead', attempt: 5, error: 'The process ended during the last attempt.' },
    });
  });

  test('that was never begun by the nodes that died is taken up as if nothing had happened', async () => {
    await using database = await createTemporaryDatabase();
    await aWaitingRun(database.url, [givenUp]);
    await using app = await startTestApp({ databaseUrl: database.url });
    expect(await waitForValidation(app.client, 1)).toMatchObject({ state: 'passed', attempt: 1 });
  });

  test('that is not there does no harm to the node that finds its job', async () => {
    await using database = await createTemporaryDatabase();
    await aWaitingRun(database.url, [
      sql`insert into pgboss.job (name, data, priority) values ('validation', '{"runId": 99}', 1)`,
    ]);
    await using app = await startTestApp({ databaseUrl: database.url });
    expect(await waitForValidation(app.client, 1)).toMatchObject({ state: 'passed', attempt: 1 });
    await waitUntil(
      () => findOpenJobIds(app.service.store),
      (jobs) => jobs.length === 0,
    );
    expect(app.logLines.filter(({ level }) => level >= 40)).toEqual([]);
  });
});

test('several nodes can start at once where the tables of the engine are missing', async () => {
  await using database = await createTemporaryDatabase();
  await tamper(database.url, [sql`drop schema pgboss cascade`]);
  await using opening = new AsyncDisposableStack();
  const open = async () => {
    const store = opening.use(await openTestStore(database.url));
    opening.use(await openTestQueue(store, database.url));
  };
  await Promise.all([open(), open(), open(), open()]);
});
