// What lies beneath: durable settings, one owner, migrations, indexes, and a database that is full or busy.

import { once } from 'node:events';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { OrderFilter } from '../../server/database/queries/order-filter.ts';
import { buildPageQuery, type PageValues, toPageShape } from '../../server/database/queries/order-page.ts';
import type { Slice } from '../../server/database/slice.ts';
import { assertDurable, openWriter } from '../../server/database/sqlite/connections.ts';
import type { Store } from '../../server/database/store.ts';
import { startTestApp } from '../kit/app.ts';
import { createTemporaryFolder } from '../kit/folder.ts';
import { manyItems, toPolicyText } from '../kit/hanging-policy.ts';
import { buildOrder, validateOrder, waitForValidation } from '../kit/orders.ts';
import { catchProblem } from '../kit/problems.ts';
import { openTestStore } from '../kit/store.ts';
import { waitUntil } from '../kit/wait-until.ts';

describe('the database', () => {
  test('is written with WAL, synchronous=FULL and foreign keys', async () => {
    await using app = await startTestApp();
    const { pragma } = app.service.store;
    expect([pragma('journal_mode'), pragma('synchronous'), pragma('foreign_keys')]).toEqual(['wal', 2, 1]);
  });

  test('stops the start where a setting that durability rests on is missing', async () => {
    await using folder = await createTemporaryFolder();
    using database = disposable(openWriter(join(folder.path, 'x.db')));
    expect(() => assertDurable(database.value)).not.toThrow();
    database.value.pragma('synchronous = NORMAL');
    expect(() => assertDurable(database.value)).toThrow('the database has synchronous=1; required: 2');
  });

  test('is read through a connection that cannot write', async () => {
    await using app = await startTestApp();
    const write = app.service.store.reader.deleteFrom('counters').execute();
    await expect(write).rejects.toThrow(/readonly/);
  });

  test('has one owner: a second start is refused, and the file is free after the stop', async () => {
    await using folder = await createTemporaryFolder();
    const path = join(folder.path, 'orders.db');
    {
      await using _first = await openTestStore(`sqlite:${path}`);
      await expect(openTestStore(`sqlite:${path}`)).rejects.toThrow(`another process is using ${path}; stop it first`);
    }
    await using _second = await openTestStore(`sqlite:${path}`);
  });

  test('has one owner also where it goes by two names, whether it is there already or not', async () => {
    await using folder = await createTemporaryFolder();
    const path = join(folder.path, 'orders.db');
    const link = join(folder.path, 'link.db');
    await symlink(path, link);
    await using _first = await openTestStore(`sqlite:${link}`);
    await expect(openTestStore(`sqlite:${path}`)).rejects.toThrow('another process is using');
  });

  test('waits at the start for somebody who uses it for a moment, such as a backup', async () => {
    await using folder = await createTemporaryFolder();
    const path = join(folder.path, 'orders.db');
    {
      await using _made = await openTestStore(`sqlite:${path}`);
    }
    using busy = disposable(new Worker(holdBusy, { eval: true, workerData: { path, forMs: 300 } }));
    await once(busy.value, 'message');
    await using _store = await openTestStore(`sqlite:${path}`);
  });

  test('is migrated at the start, and left alone at the next', async () => {
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

describe('a page of orders', () => {
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
  ])('%s is found by an index and comes out in order', async (_, filter, slice, plan) => {
    await using app = await startTestApp();
    const { store } = app.service;
    expect(await planOf(store, filter, slice)).toEqual([expect.stringMatching(plan)]);
  });

  test.each<[string, OrderFilter, Partial<Slice>, string]>([
    ['of a span of time', {}, {}, 'orders_created (created_at>? AND created_at<?)'],
    ['of a span of time after a cursor', {}, { after: 50 }, 'orders_created (created_at>? AND created_at<?)'],
    [
      'of a status within a span of time',
      { status: ['CREATED'] },
      {},
      'orders_status_created (status=? AND created_at>? AND created_at<?)',
    ],
  ])('%s is found by an index of moments and comes out in order', async (_, filter, slice, index) => {
    await using app = await startTestApp();
    const span = { createdFrom: '2026-01-01T00:00:00.000Z', createdTo: '2026-01-02T00:00:00.000Z' };
    const [search, ...others] = await planOf(app.service.store, { ...span, ...filter }, slice);
    expect(search).toBe(`SEARCH orders USING INDEX ${index}`);
    expect(others.join()).not.toContain('TEMP B-TREE');
  });

  test('of several statuses is found by as many walks along their index', async () => {
    await using app = await startTestApp();
    const plan = await planOf(app.service.store, { status: ['CREATED', 'VALIDATED'] }, { after: 50 });
    expect(plan.filter((step) => step.includes('COVERING INDEX orders_status (status=? AND id<?)'))).toHaveLength(2);
    expect(plan.join()).not.toContain('TEMP B-TREE');
  });
});

/** How the database goes about a page of orders, step by step. */
async function planOf({ reader, dialect }: Store, filter: OrderFilter, slice: Partial<Slice>): Promise<string[]> {
  const values: PageValues = { after: undefined, offset: 0, limit: 11, reach: 11, ...filter, ...slice };
  const query = buildPageQuery(reader, (name) => values[name] as never, toPageShape(filter, '-id', values), dialect);
  const steps = await query.explain<{ detail: string }>(undefined, sql`query plan`);
  return steps.map(({ detail }) => detail);
}

describe('a full disk', () => {
  test('refuses writes with 503, serves reads, and goes on when there is room', async () => {
    await using app = await startTestApp();
    const { pragma } = app.service.store;
    await app.client.orders.create(buildOrder());
    pragma(`max_page_count = ${Number(pragma('page_count'))}`);
    const fill = async () => {
      for (;;) await app.client.orders.create(buildOrder({ note: 'x'.repeat(2_000) }));
    };
    const problem = await catchProblem('unavailable', fill());
    expect(problem).toMatchObject({ status: 503, retryAfterSeconds: 1 });
    const { id: last } = (await app.client.orders.list({ limit: 1 })).data[0] ?? { id: 0 };

    const response = await app.send('POST', '/orders', buildOrder({ note: 'x'.repeat(2_000) }));
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await app.client.orders.get({ orderId: 1 })).toMatchObject({ version: 1 });

    pragma('max_page_count = 1000000');
    expect(await app.client.orders.create(buildOrder())).toMatchObject({ id: last + 1 });
    expect(await validateOrder(app.client, 1)).toMatchObject({ state: 'passed' });
  });
});

describe('a busy file', () => {
  test('delays a write for a while, without stopping reads', async () => {
    await using app = await startTestApp();
    using other = disposable(new Database(app.config.databaseUrl.slice('sqlite:'.length)));
    other.value.exec('begin immediate');
    const write = app.client.orders.create(buildOrder());
    expect(await app.client.orders.list()).toMatchObject({ data: [] });
    other.value.exec('rollback');
    expect(await write).toMatchObject({ id: 1 });
  });

  test('refuses a write with 503 when it stays busy, and goes on when it is free', async () => {
    await using app = await startTestApp();
    using other = disposable(new Database(app.config.databaseUrl.slice('sqlite:'.length)));
    other.value.exec('begin immediate');
    await catchProblem('unavailable', app.client.orders.create(buildOrder()));
    other.value.exec('rollback');
    expect(await app.client.orders.create(buildOrder())).toMatchObject({ id: 1 });
  });

  test('does not lose a verdict: it is committed when the file is free', async () => {
    await using app = await startTestApp({ pollMs: 20, policy: slowPolicy });
    await app.client.orders.create(buildOrder({ items: manyItems }));
    const { validation } = await app.client.orders.validate({ orderId: 1 });
    const validationId = validation.id;
    await waitUntil(
      () => app.client.validations.get({ validationId }),
      ({ state }) => state === 'running',
    );
    using other = disposable(new Database(app.config.databaseUrl.slice('sqlite:'.length)));
    other.value.exec('begin immediate');
    await waitUntil(
      () => app.logLines,
      (lines) => lines.some(({ msg }) => msg === 'run result could not be committed; retrying'),
    );
    other.value.exec('rollback');
    expect(await waitForValidation(app.client, validationId)).toMatchObject({ state: 'passed', attempt: 1 });
  });
});

/** A million steps: long enough to do something while it runs. */
const slowPolicy = toPolicyText(
  'order.items.all(a, order.items.all(b, order.items.all(c, a.quantity + b.quantity + c.quantity > 0)))',
);

/** What a thread runs that holds a file for a while. */
const holdBusy = `
  const { parentPort, workerData } = require('node:worker_threads');
  const database = new (require('better-sqlite3'))(workerData.path);
  database.exec('begin immediate');
  parentPort.postMessage('holding');
  setTimeout(() => database.close(), workerData.forMs);
`;

function disposable<Value extends Database.Database | Worker>(value: Value): Disposable & { value: Value } {
  return { value, [Symbol.dispose]: () => void ('close' in value ? value.close() : value.terminate()) };
}
