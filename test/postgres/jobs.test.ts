// The job queue of validations on PostgreSQL, which several nodes share: every run has exactly one result, also when
// nodes are killed or frozen and when jobs are lost. JOBS_VALIDATIONS sets the number of validations of the first test.

import { type RawBuilder, sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { type Client, createClient } from '../../client/index.ts';
import type { Store } from '../../server/database/store.ts';
import { buildCreateCommand, runSettings, testInitiator } from '../kit/database/commands.ts';
import { createTemporaryDatabase } from '../kit/database/database.ts';
import { findOpenJobIds, openTestNode, openTestQueue, openTestStore } from '../kit/database/store.ts';
import { createTemporaryFolder } from '../kit/folder.ts';
import { createGate } from '../kit/gate.ts';
import { buildOrder, waitForValidation, waitUntilRunning } from '../kit/http/orders.ts';
import { startTestApp, type TestApp } from '../kit/service/app.ts';
import { startHangingApp } from '../kit/service/hanging-app.ts';
import { hangingPolicy, manyItems, toPolicyText } from '../kit/service/hanging-policy.ts';
import { type ServiceProcess, startServiceProcess } from '../kit/service/process.ts';
import { waitUntil } from '../kit/wait-until.ts';

const validations = Number(process.env.JOBS_VALIDATIONS ?? 300);
const clients = 64;

/** Calls `work` with each number from 1 to `count`, for `clients` numbers at a time. */
async function forEachNumber(count: number, work: (number: number) => Promise<unknown>): Promise<void> {
  let next = 1;
  const worker = async () => {
    while (next <= count) await work(next++);
  };
  await Promise.all(Array.from({ length: clients }, worker));
}

async function waitForAllValidations({ stats }: Client, deadlineMs?: number): Promise<void> {
  await waitUntil(
    () => stats.get(),
    ({ openValidations }) => openValidations === 0,
    deadlineMs,
  );
}

type HistoryCount = { types: string; count: number };

/** Returns the different histories of orders, and the number of orders with each of them. */
async function countHistories({ service }: TestApp): Promise<HistoryCount[]> {
  const { rows } = await sql<HistoryCount>`select types, count(*) as count from (
      select order_id, string_agg(type || ' ' || sequence, ', ' order by sequence) as types from events group by order_id
    ) as histories group by types order by types`.execute(service.store.reader);
  return rows;
}

/** Changes jobs and runs in the database directly. */
async function executeInDatabase(databaseUrl: string, statements: RawBuilder<unknown>[]): Promise<void> {
  await using store = await openTestStore(databaseUrl);
  await store.transaction(async (em) => {
    for (const statement of statements) await statement.execute(em.getKysely());
  });
}

async function readJobStates({ reader }: Store): Promise<string[]> {
  const { rows } = await sql<{ state: string }>`select state::text from pgboss.job where name = 'validation'`.execute(
    reader,
  );
  return rows.map(({ state }) => state);
}

/** Returns the time since the job was created or fetched, in seconds; 0 before. */
async function readJobAge({ reader }: Store, since: 'created_on' | 'started_on'): Promise<number> {
  const { rows } = await sql<{ seconds: number | null }>`select
    extract(epoch from now() - ${sql.ref(since)})::float8 as seconds
    from pgboss.job where name = 'validation'`.execute(reader);
  return rows[0]?.seconds ?? 0;
}

test(`two nodes apply each of ${validations} validation results once`, {
  timeout: 60_000 + validations * 60,
}, async () => {
  await using database = await createTemporaryDatabase();
  const databaseUrl = database.url;
  // The policy version of a run identifies the node that evaluated it.
  await using first = await startTestApp({ databaseUrl, policy: toPolicyText('order.total > 5') });
  await using second = await startTestApp({ databaseUrl, policy: toPolicyText('order.total > 5 && true') });
  const chooseClient = (number: number) => (number % 2 === 0 ? first : second).client;
  await forEachNumber(validations, async (number) => {
    const unitPrice = number % 4 === 0 ? 1 : 10;
    const order = buildOrder({ items: [{ productId: 'tea', quantity: 1, unitPrice }] });
    const { id } = await chooseClient(number).orders.create(order);
    await chooseClient(number).orders.validate({ orderId: id });
  });
  await waitForAllValidations(first.client, 20_000 + validations * 20);
  const start = 'order.created 1, order.validation_started 2';
  expect(await countHistories(first)).toEqual([
    { types: `${start}, order.rejected 3`, count: Math.floor(validations / 4) },
    { types: `${start}, order.validated 3`, count: validations - Math.floor(validations / 4) },
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

const validateCommand = {
  type: 'order.validate',
  initiator: testInitiator,
  orderId: 1,
  ...runSettings,
} as const;

test('a job becomes visible with the commit of its run', async () => {
  await using database = await createTemporaryDatabase();
  const gate = createGate();
  let groups = 0;
  const beforeCommit = async () => {
    groups += 1;
    if (groups >= 2) await gate.wait();
  };
  await using node = await openTestNode(database.url, { beforeCommit });
  await node.execute(buildCreateCommand());
  const started = node.execute(validateCommand);
  await gate.reached;
  expect(await findOpenJobIds(node.store)).toEqual([]);
  gate.open();
  await started;
  expect(await findOpenJobIds(node.store)).toEqual([1]);
});

test('requeueing a run does not replace an active job, but does replace a failed one', async () => {
  await using database = await createTemporaryDatabase();
  await using node = await openTestNode(database.url);
  await node.execute(buildCreateCommand());
  await node.execute(validateCommand);
  await executeInDatabase(database.url, [sql`update pgboss.job set state = 'active', heartbeat_on = now()`]);
  expect(await node.execute({ type: 'run.requeue', runId: 1, fence: 0 })).toBe(true);
  expect(await readJobStates(node.store)).toEqual(['active']);
  await executeInDatabase(database.url, [sql`update pgboss.job set state = 'failed'`]);
  expect(await node.execute({ type: 'run.requeue', runId: 1, fence: 0 })).toBe(true);
  expect(await readJobStates(node.store)).toEqual(['created']);
});

describe('the next due time of the queue', () => {
  const hourMs = 3_600_000;

  /** Creates a job in the given state, and returns how long another node waits until it looks for due jobs again. */
  async function readWaitMs(statement: RawBuilder<unknown>): Promise<number> {
    await using database = await createTemporaryDatabase();
    await using node = await openTestNode(database.url);
    await node.execute(buildCreateCommand());
    await node.execute(validateCommand);
    await executeInDatabase(database.url, [statement]);
    await using store = await openTestStore(database.url);
    await using queue = await openTestQueue(store, database.url);
    // The first call lets pg-boss look for jobs of dead nodes.
    await queue.findNextDueAtMs();
    return ((await queue.findNextDueAtMs()) ?? 0) - Date.now();
  }

  test('a node waits for a job that another node has postponed', async () => {
    const waitMs = await readWaitMs(sql`update pgboss.job set start_after = now() + interval '30 minutes'`);
    expect(waitMs).toBeGreaterThan(hourMs / 2 - 60_000);
    expect(waitMs).toBeLessThanOrEqual(hourMs / 2);
  });

  test('a node waits for the end of the heartbeat of another node', async () => {
    const waitMs = await readWaitMs(
      sql`update pgboss.job set state = 'active', started_on = now(), heartbeat_on = now() + interval '20 minutes'`,
    );
    expect(waitMs).toBeGreaterThan(hourMs / 3 - 60_000);
    expect(waitMs).toBeLessThanOrEqual(hourMs / 3 + 10_000);
  });

  test('a job whose heartbeat has expired is due at once', async () => {
    const waitMs = await readWaitMs(
      sql`update pgboss.job set state = 'active', started_on = now(), heartbeat_on = now() - interval '1 minute'`,
    );
    expect(waitMs).toBeLessThanOrEqual(0);
  });

  test('without jobs, a node waits for the next deletion of old jobs', async () => {
    const waitMs = await readWaitMs(sql`delete from pgboss.job`);
    expect(waitMs).toBeGreaterThan(hourMs - 60_000);
    expect(waitMs).toBeLessThanOrEqual(hourMs);
  });
});

// All of them wait for the heartbeat timeout: running them concurrently saves time.
describe.concurrent('a node with a running validation', () => {
  /**
   * Starts a process with a validation that does not end, and interrupts the process while the validation is running.
   */
  async function startInterrupted(databaseUrl: string, interrupt: (service: ServiceProcess) => Promise<unknown>) {
    await using opening = new AsyncDisposableStack();
    const folder = opening.use(await createTemporaryFolder());
    const environment = { DATABASE_URL: databaseUrl, VALIDATION_TIMEOUT_MS: '60000' };
    const policy = await folder.write('policy.json', hangingPolicy);
    const service = opening.use(await startServiceProcess({ ...environment, VALIDATION_POLICY: policy }));
    const client = createClient({ baseUrl: service.url, maxRetries: 0 });
    await client.orders.create(buildOrder({ items: manyItems }));
    await client.orders.validate({ orderId: 1 });
    await waitUntilRunning(client, 1);
    await interrupt(service);
    const opened = opening.move();
    return { service, [Symbol.asyncDispose]: () => opened.disposeAsync() };
  }

  test('a validation of a killed node is taken over by another node', { timeout: 120_000 }, async () => {
    await using database = await createTemporaryDatabase();
    await using _killed = await startInterrupted(database.url, (service) => service.stop('SIGKILL'));
    await using app = await startTestApp({ databaseUrl: database.url });
    expect(await waitForValidation(app.client, 1)).toMatchObject({ state: 'passed', attempt: 2 });
  });

  test('a validation of a frozen node is taken over by another node, and the result of the frozen node is ignored', {
    timeout: 120_000,
  }, async () => {
    await using database = await createTemporaryDatabase();
    await using frozen = await startInterrupted(database.url, async (service) => service.sendSignal('SIGSTOP'));
    await using app = await startTestApp({ databaseUrl: database.url });
    expect(await waitForValidation(app.client, 1)).toMatchObject({ state: 'passed', attempt: 2 });
    const order = await app.client.orders.get({ orderId: 1 });
    frozen.service.sendSignal('SIGCONT');
    expect(await frozen.service.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(await app.client.orders.get({ orderId: 1 })).toEqual(order);
    expect(await app.client.validations.get({ validationId: 1 })).toMatchObject({ state: 'passed', attempt: 2 });
  });

  test('a long validation that began with its commit is not taken over from a live node', async () => {
    await using database = await createTemporaryDatabase();
    const databaseUrl = database.url;
    await using app = await startHangingApp({ databaseUrl, leaseMs: 9_000 });
    await using _other = await startTestApp({ databaseUrl });
    // The first lease has expired.
    await waitUntil(
      () => readJobAge(app.service.store, 'created_on'),
      (seconds) => seconds > 12,
    );
    expect(await readJobStates(app.service.store)).toEqual(['created']);
    expect(await app.client.validations.get({ validationId: 1 })).toMatchObject({ state: 'running', attempt: 1 });
  });

  test('a long validation with a fetched job is not taken over from a live node', { timeout: 120_000 }, async () => {
    await using database = await createTemporaryDatabase();
    const databaseUrl = database.url;
    await using app = await startHangingApp({ databaseUrl, validationAttempts: 1 });
    await using _other = await startTestApp({ databaseUrl });
    // The first heartbeat has expired, and the other node has looked for jobs of dead nodes.
    await waitUntil(
      () => readJobAge(app.service.store, 'started_on'),
      (seconds) => seconds > 14,
      40_000,
    );
    expect(await readJobStates(app.service.store)).toEqual(['active']);
    expect(await app.client.validations.get({ validationId: 1 })).toMatchObject({ state: 'running', attempt: 1 });
  });

  test('a node that is stopped releases its claimed jobs, started or not', async () => {
    await using database = await createTemporaryDatabase();
    const databaseUrl = database.url;
    {
      // With one attempt, a run starts only when a thread is free, but its job is claimed in advance.
      await using app = await startHangingApp({ databaseUrl, validationThreads: 1, validationAttempts: 1 });
      await app.client.orders.create(buildOrder());
      await app.client.orders.validate({ orderId: 2 });
      await waitUntil(
        () => readJobStates(app.service.store),
        (states) => states.every((state) => state === 'active'),
      );
      expect(await app.client.validations.get({ validationId: 2 })).toMatchObject({ state: 'queued' });
    }
    await using store = await openTestStore(databaseUrl);
    expect(await readJobStates(store)).toEqual(['created', 'created']);
  });
});

describe('a run with an abandoned job', () => {
  /** Creates a queued run with its job, stops the node, and executes statements in the database. */
  async function prepareRun(databaseUrl: string, statements: RawBuilder<unknown>[]) {
    {
      await using _app = await startHangingApp({ databaseUrl });
    }
    await executeInDatabase(databaseUrl, statements);
  }

  /** The state of a job whose nodes have all died: its retries are used up, and its last heartbeat is too old. */
  const abandonJob = sql`update pgboss.job set state = 'active', retry_count = retry_limit, started_on = now(),
    heartbeat_on = now() - interval '1 minute' where name = 'validation'`;

  test('a run without further attempts whose nodes have all died becomes dead', async () => {
    await using database = await createTemporaryDatabase();
    const startRun = sql`update validation_runs set state = 'running', attempt = max_attempts, fence = 5`;
    await prepareRun(database.url, [startRun, abandonJob]);
    await using app = await startTestApp({ databaseUrl: database.url });
    expect(await waitForValidation(app.client, 1)).toMatchObject({
      ...{ state: 'dead', attempt: 5, error: 'The process ended during the last attempt.' },
    });
  });

  test('a run that was never started by the nodes that died runs as its first attempt', async () => {
    await using database = await createTemporaryDatabase();
    await prepareRun(database.url, [abandonJob]);
    await using app = await startTestApp({ databaseUrl: database.url });
    expect(await waitForValidation(app.client, 1)).toMatchObject({ state: 'passed', attempt: 1 });
  });

  test('a job without a run is completed without a warning', async () => {
    await using database = await createTemporaryDatabase();
    await prepareRun(database.url, [
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

test('several nodes can start at once when the tables of pg-boss are missing', async () => {
  await using database = await createTemporaryDatabase();
  await executeInDatabase(database.url, [sql`drop schema pgboss cascade`]);
  await using opening = new AsyncDisposableStack();
  const open = async () => {
    const store = opening.use(await openTestStore(database.url));
    opening.use(await openTestQueue(store, database.url));
  };
  await Promise.all([open(), open(), open(), open()]);
});
