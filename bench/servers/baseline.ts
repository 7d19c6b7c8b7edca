// The baseline on SQLite: a bare HTTP server that runs prepared statements on a database with the schema of the
// service. Each write is one durable commit. It validates nothing, logs nothing, and appends no events. It is simple
// code, not the fastest possible server.

import { createServer, type IncomingMessage } from 'node:http';
import Database from 'better-sqlite3';
import type { NewOrderInput } from '../../contract/schemas/order.ts';

const [path, port] = process.argv.slice(2);
const database = new Database(path);
database.pragma('journal_mode = wal');
database.pragma('synchronous = full');
const fields = `id, reference, customer_id as customerId, currency, items, total, note, metadata, status, version,
  rejection, validation_id as validationId, validation_state as validationState, created_by as createdBy,
  created_at as createdAt, updated_at as updatedAt`;
const selectOne = database.prepare(`select ${fields} from orders where id = ?`);
const selectPage = database.prepare(`select ${fields} from orders order by id desc limit ?`);
const insert = database.prepare(`insert into orders
  (reference, customer_id, currency, items, total, note, metadata, status, version, created_by, contributors, created_at,
    updated_at)
  values (?, ?, ?, ?, ?, ?, ?, 'CREATED', 1, 'anonymous', '[]', ?, ?) returning ${fields}`);

type Row = { items: string; metadata: string; rejection: string | null };

function toOrder(row: unknown): object {
  const { items, metadata, rejection, ...rest } = row as Row;
  const reason = rejection === null ? null : JSON.parse(rejection);
  return { ...rest, items: JSON.parse(items), metadata: JSON.parse(metadata), rejection: reason };
}

async function readBody(request: IncomingMessage): Promise<NewOrderInput> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

function create({ reference = null, customerId, currency, items, note = null, metadata = {} }: NewOrderInput): object {
  const now = new Date().toISOString();
  const total = items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  const texts = [JSON.stringify(items), total, note, JSON.stringify(metadata)];
  return toOrder(insert.get(reference, customerId, currency, ...texts, now, now));
}

async function handle(request: IncomingMessage): Promise<[number, object]> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (request.method === 'POST') return [201, create(await readBody(request))];
  const id = url.pathname.split('/')[2];
  if (id !== undefined) return [200, toOrder(selectOne.get(Number(id)))];
  return [200, { data: selectPage.all(Number(url.searchParams.get('limit') ?? 10)).map(toOrder) }];
}

const server = createServer(async (request, response) => {
  const [status, body] = await handle(request);
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
});
server.listen(Number(port), '127.0.0.1');
