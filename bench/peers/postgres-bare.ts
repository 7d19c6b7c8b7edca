// A bare HTTP server on PostgreSQL: `node:http` and `pg`. It runs prepared statements on a database with the schema of
// the service. Each write is one durable commit. It validates nothing, logs nothing, and appends no events. It is
// simple code, not the fastest possible server.

import type { IncomingMessage } from 'node:http';
import { Pool } from 'pg';
import type { NewOrderInput } from '../../contract/schemas/order.ts';
import { type BareResponse, readBody, serve } from './bare-server.ts';

const [connectionString = '', port, poolSize] = process.argv.slice(2);
const pool = new Pool({ connectionString, max: Number(poolSize) });
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

/** Converts bigint columns to numbers: `pg` returns them as text. */
function toOrder({ id, total, version, ...rest }: Record<string, unknown>): object {
  return { ...rest, id: Number(id), total: Number(total), version: Number(version) };
}

async function create(order: NewOrderInput): Promise<object> {
  const { reference = null, customerId, currency, items, note = null, metadata = {} } = order;
  const total = items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  const texts = [JSON.stringify(items), total, note, JSON.stringify(metadata)];
  const values = [reference, customerId, currency, ...texts, new Date().toISOString()];
  const { rows } = await pool.query({ ...insert, values });
  return toOrder(rows[0]);
}

async function handle(request: IncomingMessage): Promise<BareResponse> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (request.method === 'POST') return [201, await create(await readBody(request))];
  const id = url.pathname.split('/')[2];
  if (url.pathname === '/health') return [200, {}];
  if (id !== undefined) return [200, toOrder((await pool.query({ ...selectOne, values: [id] })).rows[0])];
  const { rows } = await pool.query({ ...selectPage, values: [url.searchParams.get('limit') ?? 10] });
  return [200, { data: rows.map(toOrder) }];
}

serve(Number(port), handle, () => pool.end());
