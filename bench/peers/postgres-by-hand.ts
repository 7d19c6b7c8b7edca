// A server on PostgreSQL as a good team would build it in an afternoon: Express, pg and graphile-worker. An order and
// its job are written in one transaction, and every write is durable. It has no events, no idempotency keys, no
// contract, no attempts with fences and no limits. Like the service that it is compared with, it logs warnings only.

import express, { type NextFunction, type Request, type Response } from 'express';
import { Logger, run, type TaskList } from 'graphile-worker';
import { Pool } from 'pg';
import type { NewOrderInput } from '../../contract/schemas/order.ts';

const [connectionString = '', port, poolSize] = process.argv.slice(2);
const pool = new Pool({ connectionString, max: Number(poolSize) });
pool.on('error', (error) => console.error(error));
pool.on('connect', (client) => client.on('error', (error) => console.error(error)));
/** Connections that commands and jobs hold at the same time, as recommended by graphile-worker. */
const concurrentJobs = 8;

await pool.query(`create table orders (
  id bigint generated always as identity primary key,
  reference text unique,
  customer_id text not null,
  currency text not null,
  items jsonb not null,
  total bigint not null,
  note text,
  metadata jsonb not null,
  status text not null default 'CREATED' check (status in ('CREATED', 'VALIDATED', 'APPROVED', 'REJECTED')),
  validation_state text,
  findings jsonb,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
)`);
await pool.query('create index orders_status on orders (status, id)');
await pool.query('create index orders_customer on orders (customer_id, id)');

type Row = {
  id: string;
  total: string;
  items: NewOrderInput['items'];
  validation_state: string | null;
} & Record<string, unknown>;

function toOrder({ id, total, validation_state: state, ...row }: Row) {
  return {
    id: Number(id),
    reference: row.reference,
    customerId: row.customer_id,
    currency: row.currency,
    items: row.items,
    total: Number(total),
    note: row.note,
    metadata: row.metadata,
    status: row.status,
    version: row.version,
    validation: state === null ? null : { state },
    findings: row.findings,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

async function find(text: string, values: unknown[]): Promise<Row | undefined> {
  return (await pool.query<Row>(text, values)).rows[0];
}

const tasks: TaskList = {
  validate: async (payload) => {
    const { id } = payload as { id: string };
    const order = await find('select * from orders where id = $1', [id]);
    if (!order) return;
    const findings = checkRules(order);
    const [status, state] = findings.length === 0 ? ['VALIDATED', 'passed'] : ['REJECTED', 'failed'];
    await pool.query(
      `update orders set status = $2, validation_state = $3, findings = $4, version = version + 1, updated_at = now()
       where id = $1 and status = 'CREATED'`,
      [id, status, state, JSON.stringify(findings)],
    );
  },
};

function checkRules({ items, total }: Row): string[] {
  const findings: string[] = [];
  if (Number(total) > 1_000_000_00) findings.push('the total is too high');
  if (items.some(({ quantity }) => quantity > 1_000)) findings.push('the quantity of a line is too high');
  return findings;
}

const worker = await run({
  pgPool: pool,
  taskList: tasks,
  concurrency: concurrentJobs,
  noHandleSignals: true,
  logger: new Logger(() => (level, message) => {
    if (level === 'error' || level === 'warning') console.error(message);
  }),
});

const app = express();
app.disable('x-powered-by');
app.use(express.json());

app.get('/health', (_request, response) => void response.json({ status: 'ok' }));

app.post('/orders', async (request, response) => {
  const { reference = null, customerId, currency, items, note = null, metadata = {} } = request.body as NewOrderInput;
  if (typeof customerId !== 'string' || typeof currency !== 'string' || !Array.isArray(items) || items.length === 0) {
    response.status(400).json({ error: 'customerId, currency and items are required' });
    return;
  }
  const total = items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  const row = await find(
    `insert into orders (reference, customer_id, currency, items, total, note, metadata)
     values ($1, $2, $3, $4, $5, $6, $7) returning *`,
    [reference, customerId, currency, JSON.stringify(items), total, note, JSON.stringify(metadata)],
  );
  if (row) response.status(201).json(toOrder(row));
});

app.get('/orders', async (request, response) => {
  const limit = Math.min(Number(request.query.limit ?? 10), 100);
  const { rows } = await pool.query<Row>('select * from orders order by id desc limit $1', [limit]);
  response.json({ data: rows.map(toOrder) });
});

app.get('/orders/:id', async (request, response) => {
  const row = await find('select * from orders where id = $1', [request.params.id]);
  if (row) response.json(toOrder(row));
  else response.status(404).json({ error: 'not found' });
});

app.post('/orders/:id/validate', async (request, response) => {
  const { id } = request.params;
  const client = await pool.connect();
  try {
    await client.query('begin');
    const { rowCount } = await client.query(
      `update orders set validation_state = 'open', version = version + 1, updated_at = now()
       where id = $1 and status = 'CREATED' and validation_state is distinct from 'open'`,
      [id],
    );
    if (rowCount === 1) await client.query("select graphile_worker.add_job('validate', $1)", [JSON.stringify({ id })]);
    await client.query('commit');
    if (rowCount === 1) response.status(202).json({ message: 'validation started' });
    else response.status(409).json({ error: 'the order cannot be validated' });
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
});

app.post('/orders/:id/approve', async (request, response) => {
  const row = await find(
    `update orders set status = 'APPROVED', version = version + 1, updated_at = now()
     where id = $1 and status = 'VALIDATED' returning *`,
    [request.params.id],
  );
  if (row) response.json(toOrder(row));
  else response.status(409).json({ error: 'the order is not validated' });
});

app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
  console.error(error);
  response.status(500).json({ error: 'internal error' });
});

const server = app.listen(Number(port), '127.0.0.1');
server.keepAliveTimeout = 120_000;
process.once('SIGTERM', async () => {
  server.close();
  server.closeAllConnections();
  await worker.stop();
  await pool.end();
});
