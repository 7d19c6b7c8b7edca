// The limit on PostgreSQL: a bare HTTP server over prepared statements, on a database that the service has made, as
// durable, one commit a write. Nothing is checked, logged or told. It is written plainly, not to be the fastest.

import { createServer, type IncomingMessage } from 'node:http';
import { Pool } from 'pg';
import type { NewOrderInput } from '../contract/order.ts';
import { readConfig } from '../server/config/config.ts';

const [connectionString = '', port] = process.argv.slice(2);
const pool = new Pool({ connectionString, max: readConfig({}).databasePoolSize });
const fields = `id, reference, customer_id as "customerId", currency, items, total, note, metadata, status, version,
  rejection, validation_id as "validationId", validation_state as "validationState", created_by as "createdBy",
  created_at as "createdAt", updated_at as "updatedAt"`;
const selectOne = { name: 'one', text: `select ${fields} from orders where id = $1` };
const selectPage = { name: 'page', text: `select ${fields} from orders order by id desc limit $1` };
const insert = {
  name: 'insert',
  text: `insert into orders (id, reference, customer_id, currency, items, total, note, metadata, status, version, created_by,
    contributors, created_at, updated_at)
    values (nextval('orders_id'), $1, $2, $3, $4, $5, $6, $7, 'CREATED', 1, 'anonymous', '[]', $8, $8) returning ${fields}`,
};

/** As numbers: `pg` reads a bigint as text. */
function parsed({ id, total, version, ...rest }: Record<string, unknown>): object {
  return { ...rest, id: Number(id), total: Number(total), version: Number(version) };
}

async function bodyOf(request: IncomingMessage): Promise<NewOrderInput> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

async function create(order: NewOrderInput): Promise<object> {
  const { reference = null, customerId, currency, items, note = null, metadata = {} } = order;
  const total = items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  const texts = [JSON.stringify(items), total, note, JSON.stringify(metadata)];
  const values = [reference, customerId, currency, ...texts, new Date().toISOString()];
  const { rows } = await pool.query({ ...insert, values });
  return parsed(rows[0]);
}

async function answerTo(request: IncomingMessage): Promise<[number, object]> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (request.method === 'POST') return [201, await create(await bodyOf(request))];
  const id = url.pathname.split('/')[2];
  if (url.pathname === '/health') return [200, {}];
  if (id !== undefined) return [200, parsed((await pool.query({ ...selectOne, values: [id] })).rows[0])];
  const { rows } = await pool.query({ ...selectPage, values: [url.searchParams.get('limit') ?? 10] });
  return [200, { data: rows.map(parsed) }];
}

const server = createServer(async (request, response) => {
  const [status, body] = await answerTo(request);
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
});
server.listen(Number(port), '127.0.0.1');
