// Loads the orders and validation runs of a group of commands, and writes their changes with MikroORM's unit of work.

import type { EntityData, EntitySchema, RequiredEntityData } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/sql';
import type { OrderState } from '../../domain/order.ts';
import type { RunState } from '../../domain/run.ts';
import type { ChangedRows } from '../../domain/state.ts';
import { type BulkSyntax, executeSelect, Statement } from '../bulk/statements.ts';
import type { Dialect } from '../dialect.ts';
import { OrderEntity, RunEntity } from '../mapping/entities.ts';
import { listNames } from '../mapping/mapping.ts';
import { type OrderRow, orderMapping, toOrderRecord, toOrderState } from '../mapping/order.ts';
import { type RunRow, runMapping } from '../mapping/run.ts';
import type { Store } from '../store.ts';

/** The loaded orders and runs. */
export type LoadedOrders = { orders: OrderState[]; runs: RunState[] };

/** Parameters: run ids, order ids. The order of a run never changes, so that the runs need no lock. */
function selectOrderIds(syntax: BulkSyntax, firstNumber: number): string {
  const ofRuns = `select order_id from validation_runs where ${syntax.buildInCondition('id', firstNumber)}`;
  return `${ofRuns} union ${syntax.selectIds(firstNumber + 1)}`;
}

/** Locks are acquired in the order of the ids. */
function selectOrdersText(syntax: BulkSyntax): string {
  return `select ${listNames(orderMapping.columns)} from orders where id in (${selectOrderIds(syntax, 1)}) order by id`;
}

const selectOrdersStatement = new Statement(selectOrdersText);
const selectAndLockOrdersStatement = new Statement((syntax) => `${selectOrdersText(syntax)} for update`);

/** Parameters: run ids, run ids, order ids. */
const selectRunsStatement = new Statement(
  (syntax) => `select ${listNames(runMapping.columns)} from validation_runs where id in (${syntax.selectIds(1)} union
    select validation_id from orders where id in (${selectOrderIds(syntax, 2)}))`,
);

/**
 * Loads the given runs, the given orders, the orders of the given runs, and the latest run of each of these orders. On
 * a shared database the orders are locked in the order of their ids; the lock of an order also protects its runs, which
 * change only together with it.
 */
export async function loadOrdersAndRuns(
  em: EntityManager,
  { dialect, recentRows }: Pick<Store, 'dialect' | 'recentRows'>,
  orderIds: ReadonlySet<number>,
  runIds: ReadonlySet<number>,
): Promise<LoadedOrders> {
  if (!recentRows) return readOrdersAndRuns(em, dialect, orderIds, runIds);
  const known = recentRows.find(orderIds, runIds);
  const read = await readOrdersAndRuns(em, dialect, known.missingOrderIds, known.missingRunIds);
  return { orders: [...known.orders, ...read.orders], runs: [...known.runs, ...read.runs] };
}

async function readOrdersAndRuns(
  em: EntityManager,
  { bulk, isShared }: Dialect,
  orderIds: ReadonlySet<number>,
  runIds: ReadonlySet<number>,
): Promise<LoadedOrders> {
  if (orderIds.size + runIds.size === 0) return { orders: [], runs: [] };
  const kysely = em.getKysely();
  const [encodedOrderIds, encodedRunIds] = [bulk.encodeList(orderIds), bulk.encodeList(runIds)];
  const [orders, runs] = await Promise.all([
    executeSelect<OrderRow>(kysely, bulk, isShared ? selectAndLockOrdersStatement : selectOrdersStatement, [
      encodedRunIds,
      encodedOrderIds,
    ]),
    executeSelect<RunRow>(kysely, bulk, selectRunsStatement, [encodedRunIds, encodedRunIds, encodedOrderIds]),
  ]);
  return {
    orders: orders.map((row) => toOrderState(orderMapping.toRecord(row))),
    runs: runs.map((row) => runMapping.toRecord(row)),
  };
}

const selectByReferenceStatement = new Statement(
  (syntax) => `select id, reference from orders where ${syntax.buildInCondition('reference', 1)}`,
);

/** Returns the order that has each of these references, if one has. */
export async function loadReferences(
  em: EntityManager,
  { bulk }: Dialect,
  references: ReadonlySet<string>,
): Promise<Map<string, number>> {
  if (references.size === 0) return new Map();
  const parameters = [bulk.encodeList(references)];
  const rows = await executeSelect<{ id: number; reference: string }>(
    em.getKysely(),
    bulk,
    selectByReferenceStatement,
    parameters,
  );
  return new Map(rows.map(({ id, reference }) => [reference, id]));
}

/** Adds changed and new orders and runs to MikroORM's unit of work, which writes the changed columns at the flush. */
export function persistOrdersAndRuns(
  em: EntityManager,
  orders: ChangedRows<OrderState>,
  runs: ChangedRows<RunState>,
): void {
  persistChanges(em, OrderEntity, orders, toOrderRecord);
  persistChanges(em, RunEntity, runs, (run) => run);
}

function persistChanges<State extends { id: number }, Entity extends object>(
  em: EntityManager,
  entityType: EntitySchema<Entity>,
  { before, changed }: ChangedRows<State>,
  toEntity: (state: State) => Entity,
): void {
  for (const state of changed.values()) {
    const loaded = before.get(state.id);
    if (loaded) Object.assign(em.merge(entityType, { ...toEntity(loaded) } as EntityData<Entity>), toEntity(state));
    else em.persist(em.create(entityType, toEntity(state) as RequiredEntityData<Entity>));
  }
}
