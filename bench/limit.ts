// The limit: a bare HTTP server over prepared statements, on the orders table of the service with all its indexes, as
// durable, one commit a write. Nothing is checked, logged or told. It is written plainly, not to be the fastest there is.

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import Database from 'better-sqlite3';
import type { NewOrderInput } from '../contract/order.ts';

const [path = 'limit.db', port = '0'] = process.argv.slice(2);
const database = new Database(path);
database.pragma('journal_mode = wal');
database.pragma('synchronous = full');
database.exec(`create table if not exists orders (
  id integer primary key,
  reference text,
  customer_id text not null,
  currency text not null,
  items text not null,
  total integer not null,
  note text,
  metadata text not null,
  status text not null check (status in ('CREATED', 'VALIDATED', 'APPROVED', 'REJECTED')),
  version integer not null check (version >= 1),
  rejection text,
  validation_id integer,
  validation_state text,
  created_by text not null,
  created_at text not null,
  updated_at text not null
) strict;
create unique index if not exists orders_reference on orders (reference) where reference is not null;
create index if not exists orders_status on orders (status, id);
create index if not exists orders_customer on orders (customer_id, id);
create index if not exists orders_created on orders (created_at, id);
create index if not exists orders_status_created on orders (status, created_at, id)`);

const fields = `id, reference, customer_id as customerId, currency, items, total, note, metadata, status, version,
  rejection, validation_id as validationId, validation_state as validationState, created_by as createdBy,
  created_at as createdAt, updated_at as updatedAt`;
const selectOne = database.prepare(`select ${fields} from orders where id = ?`);
const selectPage = database.prepare(`select ${fields} from orders order by id desc limit ?`);
const insert = database.prepare(`insert into orders
  (reference, customer_id, currency, items, total, note, metadata, status, version, created_by, created_at, updated_at)
  values (?, ?, ?, ?, ?, ?, ?, 'CREATED', 1, 'anonymous', ?, ?) returning ${fields}`);

type Row = { items: string; metadata: string; rejection: string | null };

function parsed(row: unknown): object {
  const { items, metadata, rejection, ...rest } = row as Row;
  const reason = rejection === null ? null : JSON.parse(rejection);
  return { ...rest, items: JSON.parse(items), metadata: JSON.parse(metadata), rejection: reason };
}

async function bodyOf(request: IncomingMessage): Promise<NewOrderInput> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

function create({ reference = null, customerId, currency, items, note = null, metadata = {} }: NewOrderInput): object {
  const now = new Date().toISOString();
  const total = items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  const texts = [JSON.stringify(items), total, note, JSON.stringify(metadata)];
  return parsed(insert.get(reference, customerId, currency, ...texts, now, now));
}

async function answerTo(request: IncomingMessage): Promise<[number, object]> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (request.method === 'POST') return [201, create(await bodyOf(request))];
  const id = url.pathname.split('/')[2];
  if (id !== undefined) return [200, parsed(selectOne.get(Number(id)))];
  return [200, { data: selectPage.all(Number(url.searchParams.get('limit') ?? 10)).map(parsed) }];
}

const server = createServer(async (request, response) => {
  const [status, body] = await answerTo(request);
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
});
server.listen(Number(port), '127.0.0.1', () => {
  process.stdout.write(`ready on http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
