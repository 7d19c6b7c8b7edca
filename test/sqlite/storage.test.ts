// The SQLite storage: durable settings, exclusive ownership of the file, query plans, and full and busy databases.

import { once } from 'node:events';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import type { OrderFilter } from '../../server/database/queries/order-filter.ts';
import { buildPageQuery, type PageValues, toPageShape } from '../../server/database/queries/order-page.ts';
import type { Slice } from '../../server/database/reads/slice.ts';
import { assertDurable, openWriter } from '../../server/database/sqlite/connections.ts';
import { CheckpointMonitor } from '../../server/database/sqlite/writer-thread/checkpoint-monitor.ts';
import type { Store } from '../../server/database/store.ts';
import { hasErrorCode } from '../../server/shared/error-code.ts';
import { explainQueryPlan } from '../kit/database/sqlite-plan.ts';
import { openTestStore } from '../kit/database/store.ts';
import { createTemporaryFolder } from '../kit/folder.ts';
import { buildOrder, validateOrder, waitForValidation, waitUntilRunning } from '../kit/http/orders.ts';
import { catchProblem } from '../kit/http/problems.ts';
import { startTestApp } from '../kit/service/app.ts';
import { manyItems, toPolicyText } from '../kit/service/hanging-policy.ts';
import { waitUntil } from '../kit/wait-until.ts';

describe('the SQLite database', () => {
  test('the database uses WAL, synchronous=FULL and foreign keys', async () => {
    await using app = await startTestApp();
    const { pragma } = app.service.store;
    const values = await Promise.all(['journal_mode', 'synchronous', 'foreign_keys'].map(pragma));
    expect(values).toEqual(['wal', 2, 1]);
  });

  test('a start fails if a setting that durability depends on is wrong', async () => {
    await using folder = await createTemporaryFolder();
    using database = disposable(openWriter(join(folder.path, 'x.db')));
    expect(() => assertDurable(database.value)).not.toThrow();
    database.value.pragma('synchronous = NORMAL');
    expect(() => assertDurable(database.value)).toThrow('the database has synchronous=1; required: 2');
  });

  test('a -wal file that another process keeps from being emptied is logged once', async () => {
    await using folder = await createTemporaryFolder();
    const file = join(folder.path, 'x.db');
    using writer = disposable(openWriter(file));
    writer.value.exec('create table t (x)');
    using other = disposable(new Database(file));
    other.value.exec('begin; select * from t');
    writer.value.exec('insert into t values (1)');
    const lines: object[] = [];
    const log = pino({}, { write: (line) => lines.push(JSON.parse(line)) });
    const monitor = new CheckpointMonitor({ file, database: writer.value, log });
    monitor.check(10_000_000);
    expect(lines).toEqual([]);
    monitor.check(20_000_000);
    monitor.check(20_000_000);
    const msg = `commits stay in ${file}-wal, which grows: another process reads the database; end its transaction`;
    expect(lines).toMatchObject([{ level: 40, bytes: 20_000_000, msg }]);
  });

  test('the read connection cannot write', async () => {
    await using app = await startTestApp();
    const write = app.service.store.reader.deleteFrom('counters').returning('name').execute();
    await expect(write).rejects.toThrow(/readonly/);
  });

  test('a second process cannot open the file until the first one stops', async () => {
    await using folder = await createTemporaryFolder();
    const path = join(folder.path, 'orders.db');
    {
      await using _first = await openTestStore(`sqlite:${path}`);
      await expect(openTestStore(`sqlite:${path}`)).rejects.toThrow(`another process is using ${path}; stop it first`);
    }
    await using _second = await openTestStore(`sqlite:${path}`);
  });

  test('a second process cannot open the file by another name, even before the file exists', async () => {
    await using folder = await createTemporaryFolder();
    const path = join(folder.path, 'orders.db');
    const link = join(folder.path, 'link.db');
    await symlink(path, link);
    await using _first = await openTestStore(`sqlite:${link}`);
    await expect(openTestStore(`sqlite:${path}`)).rejects.toThrow('another process is using');
  });

  test('a start waits for a process that locks the file for a short time, such as a backup', async () => {
    await using folder = await createTemporaryFolder();
    const path = join(folder.path, 'orders.db');
    {
      await using _created = await openTestStore(`sqlite:${path}`);
    }
    using locker = disposable(new Worker(lockScript, { eval: true, workerData: { path, forMs: 300 } }));
    await once(locker.value, 'message');
    await using _store = await openTestStore(`sqlite:${path}`);
  });

  test('the first start creates the schema, and the next start keeps the data', async () => {
    await using folder = await createTemporaryFolder();
    const databaseUrl = `sqlite:${join(folder.path, 'orders.db')}`;
    {
      await using app = await startTestApp({ databaseUrl });
      await app.client.orders.create(buildOrder({ reference: 'PO-1' }));
      await validateOrder(app.client, 1);
    }
    await using app = await startTestApp({ databaseUrl });
    expect(await app.client.orders.get({ orderId: 1 })).toMatchObject({ reference: 'PO-1', status: 'VALIDATED' });
    expect(await app.client.orders.create(buildOrder())).toMatchObject({ id: 2 });
  });
});

describe('the plan of a page of orders', () => {
  test.each<[string, OrderFilter, Partial<Slice>, RegExp]>([
    ['without a filter', {}, {}, /^SCAN orders$/],
    ['after a cursor', {}, { after: 50 }, /^SEARCH orders USING INTEGER PRIMARY KEY \(rowid<\?\)$/],
    ['of one status', { status: ['CREATED'] }, {}, /^SEARCH orders USING INDEX orders_status \(status=\?\)$/],
    [
      'of one status after a cursor',
      { status: ['CREATED'] },
      { after: 50 },
      /INDEX orders_status \(status=\? AND id<\?\)$/,
    ],
    ['of a customer', { customerId: 'c' }, {}, /^SEARCH orders USING INDEX orders_customer \(customer_id=\?\)$/],
    ['with a reference', { reference: 'r' }, {}, /^SEARCH orders USING INDEX orders_reference \(reference=\?\)$/],
  ])('a page of orders %s uses an index without a sort', async (_, filter, slice, plan) => {
    await using app = await startTestApp();
    const { store } = app.service;
    expect(await explainPage(store, filter, slice)).toEqual([expect.stringMatching(plan)]);
  });

  test.each<[string, OrderFilter, Partial<Slice>, string]>([
    ['of a time range', {}, {}, 'orders_created (created_at>? AND created_at<?)'],
    ['of a time range after a cursor', {}, { after: 50 }, 'orders_created (created_at>? AND created_at<?)'],
    [
      'of a status within a time range',
      { status: ['CREATED'] },
      {},
      'orders_status_created (status=? AND created_at>? AND created_at<?)',
    ],
  ])('a page of orders %s uses an index of the creation time without a sort', async (_, filter, slice, index) => {
    await using app = await startTestApp();
    const span = { createdFrom: '2026-01-01T00:00:00.000Z', createdTo: '2026-01-02T00:00:00.000Z' };
    const [search, ...others] = await explainPage(app.service.store, { ...span, ...filter }, slice);
    expect(search).toBe(`SEARCH orders USING INDEX ${index}`);
    expect(others.join()).not.toContain('TEMP B-TREE');
  });

  test('a page of orders of several statuses searches an index once for each status', async () => {
    await using app = await startTestApp();
    const plan = await explainPage(app.service.store, { status: ['CREATED', 'VALIDATED'] }, { after: 50 });
    expect(plan.filter((step) => step.includes('COVERING INDEX orders_status (status=? AND id<?)'))).toHaveLength(2);
    expect(plan.join()).not.toContain('TEMP B-TREE');
  });
});

/** Returns the steps of the plan of a page of orders. */
async function explainPage({ reader, dialect }: Store, filter: OrderFilter, slice: Partial<Slice>): Promise<string[]> {
  const values: PageValues = { after: undefined, offset: 0, limit: 11, reach: 11, ...filter, ...slice };
  const query = buildPageQuery(reader, (name) => values[name] as never, toPageShape(filter, '-id', values), dialect);
  return explainQueryPlan(reader, query);
}

describe('a full disk', () => {
  test('a full disk causes 503 for writes but not for reads, and writes continue when there is space', async () => {
    await using app = await startTestApp();
    const { pragma } = app.service.store;
    await app.client.orders.create(buildOrder());
    await pragma(`max_page_count = ${Number(await pragma('page_count'))}`);
    const fill = async () => {
      for (;;) await app.client.orders.create(buildOrder({ note: 'x'.repeat(2_000) }));
    };
    const problem = await catchProblem('unavailable', fill());
    expect(problem).toMatchObject({ status: 503, retryAfterSeconds: 1 });
    const { id: last } = (await app.client.orders.list({ limit: 1 })).data[0] ?? { id: 0 };

    const response = await app.send('POST', '/orders', buildOrder({ note: 'x'.repeat(2_000) }));
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('the disk is full') });
    for (let check = 0; check < 2; check++) {
      expect((await app.request('/health/ready')).status).toBe(503);
      // A transaction that writes nothing succeeds on a full disk.
      expect((await app.send('POST', '/orders/999999/approve', {})).status).toBe(404);
    }
    expect(await app.client.orders.get({ orderId: 1 })).toMatchObject({ version: 1 });

    await pragma('max_page_count = 1000000');
    expect((await app.request('/health/ready')).status).toBe(200);
    expect(await app.client.orders.create(buildOrder())).toMatchObject({ id: last + 1 });
    expect(await validateOrder(app.client, 1)).toMatchObject({ state: 'passed' });
  });
});

describe('a locked file', () => {
  test('a write waits for a short lock of the file, and reads do not', async () => {
    await using app = await startTestApp();
    using other = await lockFile(app.config.databaseUrl);
    const write = app.client.orders.create(buildOrder());
    expect(await app.client.orders.list()).toMatchObject({ data: [] });
    other.value.exec('rollback');
    expect(await write).toMatchObject({ id: 1 });
  });

  test('a write gets 503 while the file stays locked, and succeeds afterwards', async () => {
    await using app = await startTestApp();
    using other = await lockFile(app.config.databaseUrl);
    await catchProblem('unavailable', app.client.orders.create(buildOrder()));
    other.value.exec('rollback');
    expect(await app.client.orders.create(buildOrder())).toMatchObject({ id: 1 });
  });

  test('a validation result is committed when the file is unlocked', async () => {
    await using app = await startTestApp({ pollMs: 20, policy: slowPolicy });
    await app.client.orders.create(buildOrder({ items: manyItems }));
    const { validation } = await app.client.orders.validate({ orderId: 1 });
    await waitUntilRunning(app.client, validation.id);
    using other = await lockFile(app.config.databaseUrl);
    await waitUntil(
      () => app.logLines,
      (lines) => lines.some(({ msg }) => msg === 'run result could not be committed; retrying'),
    );
    other.value.exec('rollback');
    expect(await waitForValidation(app.client, validation.id)).toMatchObject({ state: 'passed', attempt: 1 });
  });
});

/**
 * Locks a database file as another process would. The lock is not waited for inside SQLite: that would block the event
 * loop, which the transactions of the service wait for.
 */
async function lockFile(databaseUrl: string) {
  const database = new Database(databaseUrl.slice('sqlite:'.length), { timeout: 0 });
  await waitUntil(
    () => {
      try {
        database.exec('begin immediate');
        return true;
      } catch (error) {
        return hasErrorCode(error, 'SQLITE_BUSY') ? false : Promise.reject(error);
      }
    },
    (isLocked) => isLocked,
  );
  return disposable(database);
}

/** Takes a million steps for an order with `manyItems`, so that a test can act while it runs. */
const slowPolicy = toPolicyText(
  'order.items.all(a, order.items.all(b, order.items.all(c, a.quantity + b.quantity + c.quantity > 0)))',
);

/** The script of a thread that locks a database file for `forMs` milliseconds. */
const lockScript = `
  const { parentPort, workerData } = require('node:worker_threads');
  const database = new (require('better-sqlite3'))(workerData.path);
  database.exec('begin immediate');
  parentPort.postMessage('locked');
  setTimeout(() => database.close(), workerData.forMs);
`;

function disposable<Value extends Database.Database | Worker>(value: Value): Disposable & { value: Value } {
  return { value, [Symbol.dispose]: () => void ('close' in value ? value.close() : value.terminate()) };
}
