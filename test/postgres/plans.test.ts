// The query plans of frequent queries on PostgreSQL, with tables that are large enough for realistic plans: every
// filter uses an index, and rows are not sorted.

import { type Compilable, CompiledQuery, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findDueWebhooks } from '../../server/database/queries/due-webhooks.ts';
import { buildFeedQuery, toFeedShape } from '../../server/database/queries/event-feed.ts';
import type { EventFilter } from '../../server/database/queries/event-filter.ts';
import { findEvents } from '../../server/database/queries/events.ts';
import type { OrderFilter } from '../../server/database/queries/order-filter.ts';
import { buildPageQuery, type PageValues, toPageShape } from '../../server/database/queries/order-page.ts';
import { findOrder, findOrders } from '../../server/database/queries/orders.ts';
import type { Slice } from '../../server/database/reads/slice.ts';
import type { Store } from '../../server/database/store.ts';
import { createTemporaryDatabase, type TestDatabase } from '../kit/database/database.ts';
import { openTestStore } from '../kit/database/store.ts';

const fillStatements = [
  `insert into orders select id, 'R' || id, 'c' || id % 500, 'EUR', '[]', 0, null, '{}',
    case when id % 700 = 0 then 'CREATED' when id % 900 = 0 then 'REJECTED' else 'APPROVED' end, 1, null, null, null, 'ann', '[]',
    timestamptz '2026-01-01' + id * interval '1 minute', timestamptz '2026-01-01' from generate_series(1, 30000) as id`,
  `insert into events (id, type, timestamp, order_id, sequence, actor_type, actor_id, data)
    select id::text, case when id % 1000 = 0 then 'order.rejected' when id % 999 = 0 then 'order.approved'
    else 'order.created' end, now(), 1 + id % 30000, 1 + id / 30000, 'user', 'ann', '{}'
    from generate_series(1, 60000) as id`,
  'analyze',
];

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createTemporaryDatabase();
  store = await openTestStore(database.url);
  await store.transaction(async (em) => {
    for (const statement of fillStatements) await em.getKysely().executeQuery(CompiledQuery.raw(statement));
  });
});

afterAll(async () => {
  await store[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

type PlanNode = { 'Node Type': string; 'Index Name'?: string; Plans?: PlanNode[] };

function flattenPlan(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flattenPlan)];
}

/** Returns the indexes of a query's plan. The test fails if the plan has a sequential scan. */
async function findIndexes(query: Compilable): Promise<string[]> {
  const { sql: text, parameters } = query.compile();
  const explained = CompiledQuery.raw(`explain (format json) ${text}`, [...parameters]);
  const { rows } = await store.reader.executeQuery<{ 'QUERY PLAN': string }>(explained);
  const [{ Plan: plan }]: [{ Plan: PlanNode }] = JSON.parse(rows[0]?.['QUERY PLAN'] ?? '');
  const nodes = flattenPlan(plan);
  expect(nodes.map((node) => node['Node Type'])).not.toContain('Seq Scan');
  return nodes.flatMap((node) => node['Index Name'] ?? []);
}

const span = { createdFrom: '2026-01-05T00:00:00.000Z', createdTo: '2026-01-06T00:00:00.000Z' };

describe('the plan of a page of orders', () => {
  test.each<[string, OrderFilter, Partial<Slice>, string[]]>([
    ['without a filter', {}, {}, ['orders_pkey']],
    ['after a cursor', {}, { after: 50 }, ['orders_pkey']],
    ['of one status', { status: ['CREATED'] }, {}, ['orders_status']],
    ['of one status after a cursor', { status: ['CREATED'] }, { after: 9_000 }, ['orders_status']],
    ['of a customer', { customerId: 'c7' }, {}, ['orders_customer']],
    ['of a customer after a cursor', { customerId: 'c7' }, { after: 9_000 }, ['orders_customer']],
    ['with a reference', { reference: 'R7' }, {}, ['orders_reference']],
    ['of a time range', span, {}, ['orders_created']],
    ['of a time range after a cursor', span, { after: 7_000 }, ['orders_created', 'orders_pkey']],
    ['of a status within a time range', { ...span, status: ['CREATED'] }, {}, ['orders_status_created']],
    ['of several statuses', { status: ['CREATED', 'REJECTED'] }, {}, ['orders_pkey', 'orders_status', 'orders_status']],
  ])('a page of orders %s is read by an index', async (_, filter, slice, indexes) => {
    const values: PageValues = { after: undefined, offset: 0, limit: 11, reach: 11, ...filter, ...slice };
    const shape = toPageShape(filter, '-id', values);
    const query = buildPageQuery(store.reader, (name) => values[name] as never, shape, store.dialect);
    expect((await findIndexes(query)).sort()).toEqual(indexes);
  });
});

describe('the plan of a page of events', () => {
  test.each<[string, EventFilter, string[]]>([
    ['without a filter', {}, ['events_pkey']],
    ['of a rare type', { types: ['order.rejected'] }, ['events_type']],
    [
      'of several types',
      { types: ['order.approved', 'order.rejected'] },
      ['events_pkey', 'events_type', 'events_type'],
    ],
    ['of an order', { orderId: 7 }, ['events_order_id_sequence_key']],
    ['of an order and a type', { orderId: 7, types: ['order.created'] }, ['events_order_id_sequence_key']],
  ])('a page of events %s is read by an index', async (_, filter, indexes) => {
    const values = { after: 30_000, upTo: Number.MAX_SAFE_INTEGER, limit: 10, orderId: filter.orderId };
    const query = buildFeedQuery(store.reader, (name) => values[name] as never, toFeedShape(filter), store.dialect);
    expect((await findIndexes(query)).sort()).toEqual(indexes);
  });
});

test('due webhooks are found by indexes, also when no events are pending', async () => {
  await store.transaction(async (em) => {
    for (const types of ['null', `'["order.rejected","order.approved"]'`]) {
      const statement = `insert into webhooks (id, url, types, secret, position, failures, due_at_ms, fence, created_by,
        created_at, updated_at) select nextval('webhooks_id'), 'https://a.example/', ${types}, 's', max(position), 0, 0, 0,
        'ann', now(), now() from events`;
      await em.getKysely().executeQuery(CompiledQuery.raw(statement));
    }
  });
  const queries: CompiledQuery[] = [];
  const read: Store['read'] = (query, planned, converter) => {
    queries.push(query);
    return store.read(query, planned, converter);
  };
  expect(await findDueWebhooks({ ...store, read }, Date.now(), 1)).toEqual([]);
  const [{ sql: text, parameters } = CompiledQuery.raw('')] = queries;
  const plan = await store.reader.executeQuery<object>(CompiledQuery.raw(`explain ${text}`, [...parameters]));
  expect(JSON.stringify(plan.rows)).not.toMatch(/Seq Scan on events|Hash Join/);
});

test('filtered queries are planned for their values each time, and a query for a single row once', async () => {
  // This pool has a single connection for reads.
  await using smallStore = await openTestStore(database.url, { databasePoolSize: 3 });
  for (let time = 1; time <= 10; time += 1) {
    await findOrder(smallStore, time);
    await findOrders(smallStore, { status: ['CREATED'], ...span }, '-id', { offset: 0, limit: 10, after: undefined });
    await findEvents(smallStore, { types: ['order.rejected'] }, { after: 0, upTo: 60_000, limit: 10 });
  }
  const { rows } = await sql<{
    statement: string;
  }>`select statement, generic_plans from pg_prepared_statements`.execute(smallStore.reader);
  expect(rows).toEqual([
    {
      statement: expect.stringMatching(/^select found\.\* from json_array_elements_text\(\$1::json\)/),
      generic_plans: 5,
    },
  ]);
});
