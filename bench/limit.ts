// The limit of the machine: a bare HTTP server over prepared statements, on the same kind of table, as durable as the
// service, one commit a write. No input is checked, nothing is logged, no event is written.

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NewOrderInput } from '../contract/order.ts';
import { openWriter } from '../server/store/connections.ts';

const [path = 'limit.db'] = process.argv.slice(2);
const database = openWriter(path);
database.exec(`create table if not exists orders (
  id integer primary key, reference text, customer_id text not null, currency text not null, items text not null,
  total integer not null, note text, metadata text not null, status text not null, version integer not null,
  created_by text not null, created_at text not null, updated_at text not null
) strict`);

const fields = `id, reference, customer_id as customerId, currency, items, total, note, metadata, status, version,
  created_by as createdBy, created_at as createdAt, updated_at as updatedAt`;
const selectOne = database.prepare(`select ${fields} from orders where id = ?`);
const selectPage = database.prepare(`select ${fields} from orders order by id desc limit ?`);
const insert = database.prepare(`insert into orders
  (reference, customer_id, currency, items, total, note, metadata, status, version, created_by, created_at, updated_at)
  values (?, ?, ?, ?, ?, ?, ?, 'CREATED', 1, 'anonymous', ?, ?) returning ${fields}`);

type Row = { items: string; metadata: string };

function parsed(row: unknown): object {
  const { items, metadata, ...rest } = row as Row;
  return { ...rest, items: JSON.parse(items), metadata: JSON.parse(metadata) };
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
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`ready on http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
