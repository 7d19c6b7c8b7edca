// Reads by id on PostgreSQL: the lookups of one turn of the event loop are read with one statement.

import { setImmediate } from 'node:timers/promises';
import { sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import { findOrder } from '../../server/database/queries/orders.ts';
import { findValidation } from '../../server/database/queries/validations.ts';
import type { Lookup } from '../../server/database/reads/lookup.ts';
import { maxPartBytes } from '../../server/database/reads/slice.ts';
import type { Store } from '../../server/database/store.ts';
import { createTemporaryDatabase, runStatement, type TestDatabase } from '../kit/database/database.ts';
import { openTestStore } from '../kit/database/store.ts';
import { waitUntil } from '../kit/wait-until.ts';

/** A pool of this size has a single connection for reads. */
const databasePoolSize = 3;

let database: TestDatabase;
let store: Store;

beforeEach(async () => {
  await using opening = new AsyncDisposableStack();
  database = opening.use(await createTemporaryDatabase());
  store = opening.use(await openTestStore(database.url, { databasePoolSize, databaseTimeoutMs: 1_000 }));
  const opened = opening.move();
  return () => opened.disposeAsync();
});

/** Inserts orders with the ids from 1, each with a note of this length. */
function insertOrders(count: number, noteLength = 0): Promise<void> {
  return runStatement(
    database.url,
    `insert into orders select id, null, 'c', 'EUR', '[]', 0, repeat('n', ${noteLength}), '{}', 'CREATED', 1, null, null,
      null, 'ann', '[]', now(), now() from generate_series(1, ${count}) as id`,
  );
}

/** Returns the ids of the found orders. */
async function findIds(ids: number[]): Promise<(number | undefined)[]> {
  const orders = await Promise.all(ids.map((id) => findOrder(store, id)));
  return orders.map((order) => order?.id);
}

/** Returns how many times the statements of lookups were executed. */
async function countExecutions(): Promise<number> {
  const { rows } = await sql<{ count: number }>`select coalesce(sum(generic_plans + custom_plans), 0)::bigint as count
    from pg_prepared_statements where statement like '%json_array_elements_text%'`.execute(store.reader);
  return rows[0]?.count ?? 0;
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('lookups', () => {
  test('lookups of one turn are read with one statement', async () => {
    await insertOrders(50);
    expect(await findIds(ids(50))).toEqual(ids(50));
    expect(await countExecutions()).toBe(1);
  });

  test('lookups return nothing for missing rows, and a row more than once', async () => {
    await insertOrders(3);
    expect(await findIds([3, 999, 1, 3, 998, 2])).toEqual([3, undefined, 1, 3, undefined, 2]);
    expect(await findValidation(store, 1)).toBeUndefined();
  });

  test('more than 64 lookups are split, and all are resolved', async () => {
    await insertOrders(300);
    expect(await findIds(ids(300))).toEqual(ids(300));
    expect(await countExecutions()).toBe(5);
  });

  test('lookups of long rows are read in parts of limited size', async () => {
    await insertOrders(20, maxPartBytes / 4);
    expect(await findIds([...ids(20), 999])).toEqual([...ids(20), undefined]);
    expect(await countExecutions()).toBeGreaterThanOrEqual(5);
  });

  test('a row that cannot be converted fails its own lookup only', async () => {
    await insertOrders(3);
    const lookup: Lookup<unknown> = {
      table: 'orders',
      columns: 'id',
      converter: () => (values) => {
        if (values[0] === 2) throw new Error('cannot be converted');
        return values[0];
      },
    };
    const results = await Promise.allSettled([1, 2, 3].map((id) => store.lookUp?.(lookup, id)));
    expect(results).toMatchObject([{ value: 1 }, { reason: { message: 'cannot be converted' } }, { value: 3 }]);
  });
});

test('lookups that wait for a lock fail after the timeout, those behind them too, and later ones succeed', {
  timeout: 30_000,
}, async () => {
  await insertOrders(200);
  const start = performance.now();
  await store
    .transaction(async (em) => {
      await sql`lock table orders in access exclusive mode`.execute(em.getKysely());
      const results = await Promise.allSettled(ids(200).map((id) => findOrder(store, id)));
      expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['rejected']));
    })
    .catch(() => {});
  expect(performance.now() - start).toBeLessThan(10_000);
  expect(await findIds([1, 2])).toEqual([1, 2]);
});

test('lookups whose connection is lost fail as unavailable, and the next use another connection', async () => {
  await insertOrders(2);
  await using patientStore = await openTestStore(database.url, { databasePoolSize });
  const blocked = patientStore.transaction(async (em) => {
    await sql`lock table orders in access exclusive mode`.execute(em.getKysely());
    const lookup = Promise.allSettled([findOrder(patientStore, 1), findOrder(patientStore, 2)]);
    const terminate = `select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'
      and query like '%json_array_elements_text%'`;
    await waitUntil(
      async () => {
        await runStatement(database.url, terminate);
        return Promise.race([lookup, setImmediate('waiting')]);
      },
      (state) => state !== 'waiting',
    );
    return await lookup;
  });
  const failure = { status: 'rejected', reason: { name: 'DatabaseUnavailableError' } };
  expect(await blocked).toMatchObject([failure, failure]);
  const order = await findOrder(patientStore, 2);
  expect(order?.id).toBe(2);
});

test('lookups continue when their prepared statement is gone', async () => {
  await insertOrders(2);
  expect(await findIds([1])).toEqual([1]);
  await sql`deallocate all`.execute(store.reader);
  expect(await findIds([1, 2])).toEqual([1, 2]);
});

test('the kept plan of lookups reads rows by their index, also if it is made while the table is empty', async () => {
  for (let time = 0; time < 10; time += 1) await findIds([1]);
  const { rows } = await sql<{ statement: string; kept: number }>`select statement, generic_plans::bigint as kept
    from pg_prepared_statements where statement like '%json_array_elements_text%'`.execute(store.reader);
  expect(rows).toMatchObject([{ kept: 5 }]);
  const plan = await sql<object>`explain (generic_plan) ${sql.raw(rows[0]?.statement ?? '')}`.execute(store.reader);
  expect(JSON.stringify(plan.rows)).toContain('Index Scan using orders_pkey');
});
