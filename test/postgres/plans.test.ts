// How PostgreSQL goes about what is asked often, in tables that are large enough to make it think: along an index,
// without sorting, however it is narrowed.

import { type Compilable, CompiledQuery, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findDueWebhooks } from '../../server/database/queries/due-webhooks.ts';
import { buildFeedQuery, toFeedShape } from '../../server/database/queries/event-feed.ts';
import type { EventFilter } from '../../server/database/queries/event-filter.ts';
import { findEvents } from '../../server/database/queries/events.ts';
import type { OrderFilter } from '../../server/database/queries/order-filter.ts';
import { buildPageQuery, type PageValues, toPageShape } from '../../server/database/queries/order-page.ts';
import { findOrder, findOrders } from '../../server/database/queries/orders.ts';
import type { Slice } from '../../server/database/slice.ts';
import type { Store } from '../../server/database/store.ts';
import { createTemporaryDatabase, type TestDatabase } from '../kit/database.ts';
import { openTestStore } from '../kit/store.ts';

const fill = [
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
    for (const statement of fill) await em.getKysely().executeQuery(CompiledQuery.raw(statement));
  });
});

afterAll(async () => {
  await store[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

type Node = { 'Node Type': string; 'Index Name'?: string; Plans?: Node[] };

function nodesOf(node: Node): Node[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

/** The indexes that are walked along. It fails where a table is read whole, or rows of it are sorted. */
async function indexesOf(query: Compilable): Promise<string[]> {
  const { sql: text, parameters } = query.compile();
  const explained = CompiledQuery.raw(`explain (format json) ${text}`, [...parameters]);
  const { rows } = await store.reader.executeQuery<{ 'QUERY PLAN': string }>(explained);
  const [{ Plan: plan }]: [{ Plan: Node }] = JSON.parse(rows[0]?.['QUERY PLAN'] ?? '');
  const nodes = nodesOf(plan);
  expect(nodes.map((node) => node['Node Type'])).not.toContain('Seq Scan');
  return nodes.flatMap((node) => node['Index Name'] ?? []);
}

const span = { createdFrom: '2026-01-05T00:00:00.000Z', createdTo: '2026-01-06T00:00:00.000Z' };

describe('a page of orders', () => {
  test.each<[string, OrderFilter, Partial<Slice>, string[]]>([
    ['without a filter', {}, {}, ['orders_pkey']],
    ['after a cursor', {}, { after: 50 }, ['orders_pkey']],
    ['of one status', { status: ['CREATED'] }, {}, ['orders_status']],
    ['of one status after a cursor', { status: ['CREATED'] }, { after: 9_000 }, ['orders_status']],
    ['of a customer', { customerId: 'c7' }, {}, ['orders_customer']],
    ['of a customer after a cursor', { customerId: 'c7' }, { after: 9_000 }, ['orders_customer']],
    ['with a reference', { reference: 'R7' }, {}, ['orders_reference']],
    ['of a span of time', span, {}, ['orders_created']],
    ['of a span of time after a cursor', span, { after: 7_000 }, ['orders_created', 'orders_pkey']],
    ['of a status within a span of time', { ...span, status: ['CREATED'] }, {}, ['orders_status_created']],
    ['of several statuses', { status: ['CREATED', 'REJECTED'] }, {}, ['orders_pkey', 'orders_status', 'orders_status']],
  ])('%s is found by an index', async (_, filter, slice, indexes) => {
    const values: PageValues = { after: undefined, offset: 0, limit: 11, reach: 11, ...filter, ...slice };
    const shape = toPageShape(filter, '-id', values);
    const query = buildPageQuery(store.reader, (name) => values[name] as never, shape, store.dialect);
    expect((await indexesOf(query)).sort()).toEqual(indexes);
  });
});

describe('a part of the log', () => {
  test.each<[string, EventFilter, string[]]>([
    ['narrowed by nothing', {}, ['events_pkey']],
    ['of a rare type', { types: ['order.rejected'] }, ['events_type']],
    [
      'of several types',
      { types: ['order.approved', 'order.rejected'] },
      ['events_pkey', 'events_type', 'events_type'],
    ],
    ['of an order', { orderId: 7 }, ['events_order_id_sequence_key']],
    ['of an order and a type', { orderId: 7, types: ['order.created'] }, ['events_order_id_sequence_key']],
  ])('%s is found by an index', async (_, filter, indexes) => {
    const values = { after: 30_000, upTo: Number.MAX_SAFE_INTEGER, limit: 10, orderId: filter.orderId };
    const query = buildFeedQuery(store.reader, (name) => values[name] as never, toFeedShape(filter), store.dialect);
    expect((await indexesOf(query)).sort()).toEqual(indexes);
  });
});

test('whether webhooks have something to be sent is found by an index, also where they have had everything', async () => {
  await store.transaction(async (em) => {
    for (const types of ['null', `'["order.rejected","order.approved"]'`]) {
      const statement = `insert into webhooks (id, url, types, secret, position, failures, due_at_ms, fence, created_by,
        created_at, updated_at) select nextval('webhooks_id'), 'https://a.example/', ${types}, 's', max(position), 0, 0, 0,
        'ann', now(), now() from events`;
      await em.getKysely().executeQuery(CompiledQuery.raw(statement));
    }
  });
  const asked: CompiledQuery[] = [];
  const read: Store['read'] = (query, planned) => {
    asked.push(query);
    return store.read(query, planned);
  };
  expect(await findDueWebhooks({ ...store, read }, Date.now(), 1)).toEqual([]);
  const [{ sql: text, parameters } = CompiledQuery.raw('')] = asked;
  const plan = await store.reader.executeQuery<object>(CompiledQuery.raw(`explain ${text}`, [...parameters]));
  expect(JSON.stringify(plan.rows)).not.toMatch(/Seq Scan on events|Hash Join/);
});

test('what is narrowed is planned for its values each time, and a single row once', async () => {
  // One connection that reads.
  await using narrow = await openTestStore(database.url, { databasePoolSize: 3 });
  for (let time = 1; time <= 10; time += 1) {
    await findOrder(narrow, time);
    await findOrders(narrow, { status: ['CREATED'], ...span }, '-id', { offset: 0, limit: 10, after: undefined });
    await findEvents(narrow, { types: ['order.rejected'] }, { after: 0, upTo: 60_000, limit: 10 });
  }
  const { rows } = await sql<{
    statement: string;
  }>`select statement, generic_plans from pg_prepared_statements`.execute(narrow.reader);
  expect(rows).toEqual([
    { statement: expect.stringMatching(/^select \* from "orders" where "id" = \$1$/), generic_plans: 5 },
  ]);
});
