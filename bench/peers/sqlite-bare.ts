// A bare HTTP server on SQLite, with the schema of the service: node:http and prepared statements of better-sqlite3. It
// validates nothing, logs nothing, and appends no events. With `single`, each write is one durable commit. With
// `grouped`, all writes that wait share one commit: the limit of what one process can do with this database. It is
// simple code, and not the fastest possible server for reads: it parses the JSON of every row.

import type { IncomingMessage } from 'node:http';
import Database from 'better-sqlite3';
import type { NewOrderInput } from '../../contract/schemas/order.ts';
import { type BareResponse, readBody, serve } from './bare-server.ts';

const [path, port, mode] = process.argv.slice(2);
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
const insertRun = database.prepare(`insert into validation_runs
  (order_id, order_version, state, attempt, max_attempts, policy_version, findings, fence, created_at)
  values (?, 2, 'queued', 0, 5, 'bare', '[]', 0, ?)`);
const startRun = database.prepare(`update validation_runs
  set state = 'running', attempt = 1, fence = 1, started_at = ? where id = ? and state = 'queued'`);
const endRun = database.prepare(`update validation_runs
  set state = ?, finished_at = ? where id = ? and state = 'running' and fence = 1`);
const changeOrder = database.prepare(`update orders
  set status = ?, validation_id = ?, validation_state = ?, version = version + 1, updated_at = ?
  where id = ? and status = ? returning ${fields}`);

type Row = {
  id: number;
  total: number;
  items: string;
  metadata: string;
  rejection: string | null;
  validationId: number | null;
};

function toOrder(row: unknown) {
  const { items, metadata, rejection, ...rest } = row as Row & { validationState: string | null };
  const validation = rest.validationId === null ? null : { id: rest.validationId, state: rest.validationState };
  const reason = rejection === null ? null : JSON.parse(rejection);
  return { ...rest, items: JSON.parse(items), metadata: JSON.parse(metadata), rejection: reason, validation };
}

const begin = database.prepare('begin immediate');
const end = database.prepare('commit');
/** Writes that wait for the next group. */
let waiting: (() => void)[] = [];
/** The acknowledgements of the current group. */
let acknowledgements: (() => void)[] = [];

/** Executes a write in a durable transaction. */
function execute<Value>(write: () => Value): Promise<Value> {
  return new Promise((resolve) => {
    if (waiting.length === 0 && mode === 'grouped') setImmediate(commitWaiting);
    waiting.push(() => {
      const value = write();
      acknowledgements.push(() => resolve(value));
    });
    if (mode === 'single') commitWaiting();
  });
}

function commitWaiting(): void {
  const writes = waiting;
  waiting = [];
  begin.run();
  for (const write of writes) write();
  commitTransaction();
  const acknowledged = acknowledgements;
  acknowledgements = [];
  for (const acknowledge of acknowledged) acknowledge();
}

function commitTransaction(): void {
  end.run();
}

function getTime(): string {
  return new Date().toISOString();
}

async function create(input: NewOrderInput): Promise<BareResponse> {
  const { reference = null, customerId, currency, items, note = null, metadata = {} } = input;
  const now = getTime();
  const total = items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  const texts = [JSON.stringify(items), total, note, JSON.stringify(metadata)];
  const row = await execute(() => insert.get(reference, customerId, currency, ...texts, now, now));
  return [201, toOrder(row)];
}

async function validate(id: number): Promise<BareResponse> {
  const now = getTime();
  const run = await execute(() => {
    const { lastInsertRowid } = insertRun.run(id, now);
    return {
      id: Number(lastInsertRowid),
      order: changeOrder.get('CREATED', lastInsertRowid, 'open', now, id, 'CREATED'),
    };
  });
  setImmediate(evaluate, run.id, toOrder(run.order));
  return [202, { message: 'validation started', validation: { id: run.id, orderId: id, state: 'queued' } }];
}

/** Begins an attempt, evaluates one rule, and records the result: two commits, as in the service. */
async function evaluate(runId: number, { id, total }: { id: number; total: number }): Promise<void> {
  await execute(() => startRun.run(getTime(), runId));
  const isPassed = total > 0;
  const now = getTime();
  await execute(() => {
    endRun.run(isPassed ? 'passed' : 'failed', now, runId);
    changeOrder.get(isPassed ? 'VALIDATED' : 'REJECTED', runId, isPassed ? 'passed' : 'failed', now, id, 'CREATED');
  });
}

async function approve(id: number): Promise<BareResponse> {
  const row = await execute(() => {
    const { validationId } = selectOne.get(id) as Row;
    return changeOrder.get('APPROVED', validationId, 'passed', getTime(), id, 'VALIDATED');
  });
  return row === undefined ? [409, {}] : [200, toOrder(row)];
}

async function handle(request: IncomingMessage): Promise<BareResponse> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const [, , id, action] = url.pathname.split('/');
  if (request.method === 'POST') {
    if (action === 'validate') return validate(Number(id));
    if (action === 'approve') return approve(Number(id));
    return create(await readBody(request));
  }
  if (url.pathname === '/health') return [200, {}];
  if (id !== undefined) return [200, toOrder(selectOne.get(Number(id)))];
  return [200, { data: selectPage.all(Number(url.searchParams.get('limit') ?? 10)).map(toOrder) }];
}

serve(Number(port), handle);
