// Database files with many orders: made by the service, filled by SQL, and kept for the next run under a name that
// changes with the schema and with the recipe of the orders.

import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createDatabase } from './database.ts';
import { type FilledOrder, filledOrders } from './order-data.ts';

const recipes = [import.meta.url, new URL('order-data.ts', import.meta.url), new URL('random.ts', import.meta.url)];

/** The path of a file with so many orders. One that a former run has filled is taken again, unless `isFresh`. */
export async function filledFile(orders: number, isFresh: boolean): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'orders-fill-'));
  try {
    const unfilled = join(folder, 'orders.db');
    await createDatabase(`sqlite:${unfilled}`);
    const path = join(tmpdir(), `orders-bench-${orders}-${await checksumOf(unfilled)}.db`);
    if (!isFresh && (await exists(path))) return path;
    const partial = `${path}-partial`;
    await copyFile(unfilled, partial);
    fill(partial, orders);
    for (const suffix of ['-wal', '-shm']) await rm(path + suffix, { force: true });
    await rename(partial, path);
    return path;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

async function checksumOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for (const recipe of recipes) hash.update(await readFile(new URL(recipe)));
  using database = opened(path);
  hash.update(JSON.stringify(database.connection.prepare('select sql from sqlite_schema order by name').all()));
  return hash.digest('hex').slice(0, 16);
}

function opened(path: string): Disposable & { connection: Database.Database } {
  const connection = new Database(path);
  return { connection, [Symbol.dispose]: () => connection.close() };
}

/** A file that was not filled to its end is thrown away: nothing here has to be durable. */
function fill(path: string, orders: number): void {
  using database = opened(path);
  const { connection } = database;
  for (const setting of ['journal_mode = off', 'synchronous = off', 'cache_size = -500000']) connection.pragma(setting);
  const insert = insertsOf(connection);
  connection.transaction(() => {
    for (const order of filledOrders(orders)) insert(order);
    connection.exec(`update counters set value = (select count(*) from orders where 'orders.' || status = name)
      where name like 'orders.%'`);
  })();
  connection.pragma('journal_mode = wal');
}

function insertsOf(connection: Database.Database): (order: FilledOrder) => void {
  const insertOrder = connection.prepare(`insert into orders
    (id, reference, customer_id, currency, items, total, note, metadata, status, version, rejection, validation_id,
      validation_state, created_by, created_at, updated_at)
    values (@id, @reference, @customerId, 'EUR', @items, @total, @note, @metadata, @status, 1, @rejection,
      @validationId, @validationState, 'anonymous', @createdAt, @createdAt)`);
  const insertRun = connection.prepare(`insert into validation_runs
    (id, order_id, order_version, state, attempt, max_attempts, policy_version, findings, error, fence, created_at,
      started_at, finished_at)
    values (@id, @id, 1, 'passed', 1, 5, 'bench', '[]', null, 1, @createdAt, @createdAt, @createdAt)`);
  const insertEvent = connection.prepare(`insert into events
    (id, type, timestamp, order_id, sequence, actor_type, actor_id, request_id, data)
    values (@eventId, 'order.created', @createdAt, @id, 1, 'user', 'anonymous', @eventId, @data)`);
  return (order) => {
    insertOrder.run(orderRow(order));
    if (order.isPassed) insertRun.run({ id: order.id, createdAt: order.createdAt });
    const { id, eventId, createdAt, reference, customerId, items, note, metadata } = order;
    const content = { reference, customerId, currency: 'EUR', items, note, metadata };
    insertEvent.run({ id, eventId, createdAt, data: JSON.stringify({ order: content }) });
  };
}

function orderRow(order: FilledOrder): Record<string, unknown> {
  const { id, reference, customerId, note, status, createdAt, items, isPassed } = order;
  const rejection = { by: { type: 'user', id: 'anonymous' }, reason: 'Out of stock' };
  return {
    ...{ id, reference, customerId, note, status, createdAt },
    items: JSON.stringify(items),
    total: items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0),
    metadata: JSON.stringify(order.metadata),
    rejection: status === 'REJECTED' ? JSON.stringify(rejection) : null,
    validationId: isPassed ? id : null,
    validationState: isPassed ? 'passed' : null,
  };
}
