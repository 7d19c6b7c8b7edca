// Loads orders and validation runs as entities of the unit of work, and writes their changes back.

import { LockMode } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/sql';
import type { OrderState } from '../../domain/order.ts';
import type { RunState } from '../../domain/run.ts';
import { type BulkQuery, selectRows } from '../bulk.ts';
import type { Dialect } from '../dialect.ts';
import { OrderEntity, RunEntity } from '../mapping/entities.ts';
import { type OrderRecord, toOrderRecord } from '../mapping/order.ts';

/** The loaded orders and runs. */
export type LoadedOrders = { orders: OrderRecord[]; runs: RunState[] };

/**
 * Loads the given runs, the given orders, the orders of the given runs, and the latest run of each of these orders. On
 * a shared database the orders are locked in the order of their ids; the lock of an order also protects its runs, which
 * change only together with it.
 */
export async function loadOrdersAndRuns(
  em: EntityManager,
  dialect: Dialect,
  orderIds: ReadonlySet<number>,
  runIds: ReadonlySet<number>,
): Promise<LoadedOrders> {
  const ids = orderIds.union(await findOrderIds(em, dialect, runIds));
  const lock = dialect.isShared ? ({ lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } } as const) : {};
  const orders = ids.size === 0 ? [] : await em.find(OrderEntity, { id: { $in: [...ids] } }, lock);
  const latest = orders.flatMap(({ validationId }) => validationId ?? []);
  const all = runIds.union(new Set(latest));
  return { orders, runs: all.size === 0 ? [] : await em.find(RunEntity, { id: { $in: [...all] } }) };
}

/** The order of a run never changes, so this read needs no lock. */
async function findOrderIds(em: EntityManager, { bulk }: Dialect, runIds: ReadonlySet<number>): Promise<Set<number>> {
  if (runIds.size === 0) return new Set();
  const rows = await selectRows<{ order_id: number }>(em.getKysely(), bulk, ordersOfRuns, runIds);
  return new Set(rows.map(({ order_id }) => order_id));
}

const ordersOfRuns: BulkQuery = { begin: 'select order_id from validation_runs', key: 'id' };

/** Returns the order that has each of these references, if one has. */
export async function loadReferences(
  em: EntityManager,
  { bulk }: Dialect,
  references: ReadonlySet<string>,
): Promise<Map<string, number>> {
  if (references.size === 0) return new Map();
  const rows = await selectRows<ReferenceRow>(em.getKysely(), bulk, ordersByReference, references);
  return new Map(rows.map(({ id, reference }) => [reference, id]));
}

type ReferenceRow = { id: number; reference: string };

const ordersByReference: BulkQuery = { begin: 'select id, reference from orders', key: 'reference' };

/** Adds changed and new orders and runs to MikroORM's unit of work, which writes them at the flush. */
export function persistOrdersAndRuns(
  em: EntityManager,
  loaded: LoadedOrders,
  orders: Iterable<OrderState>,
  runs: Iterable<RunState>,
): void {
  const orderEntities = new Map(loaded.orders.map((entity) => [entity.id, entity]));
  const runEntities = new Map(loaded.runs.map((entity) => [entity.id, entity]));
  for (const order of orders) {
    const record = toOrderRecord(order);
    const entity = orderEntities.get(record.id);
    if (entity) Object.assign(entity, record);
    else em.persist(em.create(OrderEntity, record));
  }
  for (const run of runs) {
    const entity = runEntities.get(run.id);
    if (entity) Object.assign(entity, run);
    else em.persist(em.create(RunEntity, run));
  }
}
