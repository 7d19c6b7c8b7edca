// Database files with many orders: created with the schema of the service, filled with SQL, and kept for later runs.
// The file name contains a checksum of the schema and of the code that generates the orders.

import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createDatabase } from './database.ts';
import { type GeneratedOrder, generateOrders } from './order-data.ts';

const generatorFiles = [
  import.meta.url,
  new URL('order-data.ts', import.meta.url),
  new URL('seeded-random.ts', import.meta.url),
];

/**
 * Returns the path of a database with the given number of orders. A file from an earlier run is reused, unless
 * `isFresh`.
 */
export async function prepareFilledDatabase(orders: number, isFresh: boolean): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'orders-fill-'));
  try {
    const empty = join(folder, 'orders.db');
    await createDatabase(`sqlite:${empty}`);
    const path = join(tmpdir(), `orders-bench-${orders}-${await computeChecksum(empty)}.db`);
    if (!isFresh && (await exists(path))) return path;
    const partial = `${path}-partial`;
    await copyFile(empty, partial);
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

async function computeChecksum(path: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of generatorFiles) hash.update(await readFile(new URL(file)));
  using database = openDatabase(path);
  hash.update(JSON.stringify(database.connection.prepare('select sql from sqlite_schema order by name').all()));
  return hash.digest('hex').slice(0, 16);
}

function openDatabase(path: string): Disposable & { connection: Database.Database } {
  const connection = new Database(path);
  return { connection, [Symbol.dispose]: () => connection.close() };
}

/** Inserts the orders without durability, because an incomplete file is discarded. */
function fill(path: string, orders: number): void {
  using database = openDatabase(path);
  const { connection } = database;
  for (const setting of ['journal_mode = off', 'synchronous = off', 'cache_size = -500000']) connection.pragma(setting);
  const insert = prepareInserts(connection);
  connection.transaction(() => {
    for (const order of generateOrders(orders)) insert(order);
    connection.exec(`update counters set value = (select count(*) from orders where 'orders.' || status = name)
      where name like 'orders.%'`);
  })();
  connection.pragma('journal_mode = wal');
}

function prepareInserts(connection: Database.Database): (order: GeneratedOrder) => void {
  const insertOrder = connection.prepare(`insert into orders
    (id, reference, customer_id, currency, items, total, note, metadata, status, version, rejection, validation_id,
      validation_state, created_by, contributors, created_at, updated_at)
    values (@id, @reference, @customerId, 'EUR', @items, @total, @note, @metadata, @status, 1, @rejection,
      @validationId, @validationState, 'anonymous', '[]', @createdAt, @createdAt)`);
  const insertRun = connection.prepare(`insert into validation_runs
    (id, order_id, order_version, state, attempt, max_attempts, policy_version, findings, error, fence, created_at,
      started_at, finished_at)
    values (@id, @id, 1, 'passed', 1, 5, 'bench', '[]', null, 1, @createdAt, @createdAt, @createdAt)`);
  const insertEvent = connection.prepare(`insert into events
    (id, type, timestamp, order_id, sequence, actor_type, actor_id, request_id, data)
    values (@eventId, 'order.created', @createdAt, @id, 1, 'user', 'anonymous', @eventId, @data)`);
  return (order) => {
    insertOrder.run(toOrderRow(order));
    if (order.isPassed) insertRun.run({ id: order.id, createdAt: order.createdAt });
    const { id, eventId, createdAt, reference, customerId, items, note, metadata } = order;
    const content = { reference, customerId, currency: 'EUR', items, note, metadata };
    insertEvent.run({ id, eventId, createdAt, data: JSON.stringify({ order: content }) });
  };
}

function toOrderRow(order: GeneratedOrder): Record<string, unknown> {
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
