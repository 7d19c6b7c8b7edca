// Checks the database after a power cut: opens it as the service does, and compares it with the guarantees.

import { CompiledQuery } from 'kysely';
import { type EventType, findRefusal, type OrderStatus } from '../../../client/index.ts';
import type { WorkflowState } from '../../../contract/workflow.ts';
import { convertToRecord, type RowConverter } from '../../../server/database/mapping/row-converter.ts';
import type { Store } from '../../../server/database/store.ts';
import { buildCreateCommand } from '../database/commands.ts';
import { openTestNode } from '../database/store.ts';
import type { Guarantees } from './guarantees.ts';

/** The state of an order after its latest event, and its status after each of them. */
type OrderTrace = WorkflowState & { statuses: OrderStatus[] };

type EventRow = { position: number; order_id: number; sequence: number; type: EventType; actor_type: string };
type OrderRow = { id: number; version: number; status: OrderStatus };
type RunRow = { id: number; order_id: number; state: string };

/** @throws Error the database lacks something that was guaranteed, or is inconsistent */
export async function checkStateAfterPowerCut(databaseUrl: string, guarantees: Guarantees): Promise<void> {
  await using node = await openTestNode(databaseUrl);
  const { store } = node;
  assertEqual(await store.pragma('integrity_check'), 'ok', 'the database is damaged');
  const events = await select<EventRow>(
    store,
    'select position, order_id, sequence, type, actor_type from events order by position',
  );
  const traces = traceOrders(events);
  checkOrders(traces, await select<OrderRow>(store, 'select id, version, status from orders'), guarantees);
  await checkRuns(store, guarantees);
  await checkKeys(store, guarantees);
  await checkCounters(store);
  const { id } = await node.execute(buildCreateCommand());
  assertEqual(id, traces.size + 1, 'the next order has another id');
}

async function select<Row>({ read }: Store, text: string): Promise<Row[]> {
  return read(CompiledQuery.raw(text), 'generic', convertToRecord as RowConverter<Row>);
}

function assertEqual(actual: unknown, expected: unknown, message: string): void {
  if (actual !== expected) throw new Error(`${message}: ${JSON.stringify({ actual, expected })}`);
}

/** Follows the log. @throws Error it has a gap, or an event that the workflow forbids */
function traceOrders(events: readonly EventRow[]): Map<number, OrderTrace> {
  const traces = new Map<number, OrderTrace>();
  for (const [index, event] of events.entries()) {
    // One process writes, and a rollback takes positions back.
    assertEqual(event.position, index + 1, 'the log has a gap');
    const trace = traces.get(event.order_id) ?? { status: 'CREATED', validation: null, statuses: [] };
    traces.set(event.order_id, trace);
    assertEqual(event.sequence, trace.statuses.length + 1, `order ${event.order_id} has a gap`);
    const isFirst = trace.statuses.length === 0;
    if (isFirst !== (event.type === 'order.created') || !isLegal(event, trace)) {
      throw new Error(`the log has an illegal event: ${JSON.stringify({ event, trace })}`);
    }
    Object.assign(trace, applyEvent(event, trace));
    trace.statuses.push(trace.status);
  }
  return traces;
}

function isLegal({ type, actor_type: actorType }: EventRow, trace: OrderTrace): boolean {
  if (type === 'order.created') return true;
  if (type === 'order.updated') return !findRefusal('edit', trace);
  if (type === 'order.validation_started') return !findRefusal('validate', trace) && trace.validation?.state !== 'open';
  if (type === 'order.approved') return !findRefusal('approve', trace);
  if (type === 'order.rejected' && actorType === 'user') return !findRefusal('reject', trace);
  return trace.status === 'CREATED' && trace.validation?.state === 'open';
}

function applyEvent({ type }: EventRow, { validation }: OrderTrace): Partial<OrderTrace> {
  switch (type) {
    case 'order.validation_started':
      return { validation: { state: 'open' } };
    case 'order.validated':
      return { status: 'VALIDATED', validation: { state: 'passed' } };
    case 'order.validation_dead':
      return { validation: { state: 'dead' } };
    case 'order.rejected':
      return { status: 'REJECTED', validation: validation?.state === 'open' ? { state: 'cancelled' } : validation };
    case 'order.approved':
      return { status: 'APPROVED' };
    default:
      return {};
  }
}

function checkOrders(traces: ReadonlyMap<number, OrderTrace>, rows: readonly OrderRow[], { orders }: Guarantees): void {
  assertEqual(rows.length, traces.size, 'the number of orders differs from the log');
  for (const { id, version, status } of rows) {
    const trace = traces.get(id);
    assertEqual(version, trace?.statuses.length, `the version of order ${id} differs from its events`);
    assertEqual(status, trace?.status, `the status of order ${id} differs from its events`);
  }
  for (const { id, version, status } of orders) {
    const actual = traces.get(id)?.statuses[version - 1];
    if (actual !== status) throw new Error(`lost: order ${id} was ${status} in version ${version}, and is ${actual}`);
  }
}

/** Every open run has one job, and other runs have none. */
async function checkRuns(store: Store, { runs }: Guarantees): Promise<void> {
  const rows = await select<RunRow>(store, 'select id, order_id, state from validation_runs');
  const jobs = await select<{ run_id: number }>(store, 'select run_id from validation_jobs order by run_id');
  const openRuns = rows.filter(({ state }) => isOpen(state)).map(({ id }) => id);
  assertEqual(
    jobs.map((job) => job.run_id).join(),
    openRuns.sort((a, b) => a - b).join(),
    'jobs differ from open runs',
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const { id, orderId, state } of runs) {
    const row = byId.get(id);
    if (!row) throw new Error(`lost: validation ${id}`);
    assertEqual(row.order_id, orderId, `validation ${id} is of another order`);
    if (!isOpen(state)) assertEqual(row.state, state, `lost: the result of validation ${id}`);
  }
}

function isOpen(state: string): boolean {
  return state === 'queued' || state === 'running';
}

async function checkKeys(store: Store, { keys }: Guarantees): Promise<void> {
  const rows = await select<{ key: string; status: number; body: string }>(
    store,
    'select key, status, body from idempotency_keys',
  );
  const byKey = new Map(rows.map((row) => [row.key, row]));
  for (const { key, status, text } of keys) {
    const row = byKey.get(key);
    if (row?.status !== status || row.body !== text)
      throw new Error(`lost: the response to the request with key ${key}`);
  }
}

async function checkCounters(store: Store): Promise<void> {
  const wrong = await select(
    store,
    `select name, value, actual from counters join (
      select 'orders.' || status as name, count(*) as actual from orders group by status
      union all select 'runs.open', count(*) from validation_runs where state in ('queued', 'running')
    ) using (name) where value <> actual`,
  );
  assertEqual(JSON.stringify(wrong), '[]', 'counters differ from the rows');
}
