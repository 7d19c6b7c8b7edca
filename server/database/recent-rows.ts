// The orders and runs of recent commits, kept in memory where one process owns the database. An order is written
// several times within seconds, and its row need not be read again each time.

import type { OrderState } from '../domain/order.ts';
import type { RunState } from '../domain/run.ts';
import type { ChangedRows, IdKind } from '../domain/state.ts';
import { LruMap } from '../shared/lru-map.ts';

/** The most rows of a kind. A row has at most about 40 kB. */
const maxRows = 512;

/** Rows that are known, and the ids whose rows must be loaded. */
export type KnownRows = {
  orders: OrderState[];
  runs: RunState[];
  missingOrderIds: Set<number>;
  missingRunIds: Set<number>;
};

/** The rows that a transaction changes. */
type StagedRows = { orders: Iterable<OrderState>; runs: Iterable<RunState> };

/**
 * `endTransaction` must be called after every transaction: if it failed, or staged no rows, all rows are removed.
 * States are never modified.
 */
export class RecentRows {
  #orders = new LruMap<number, OrderState>(maxRows);
  #runs = new LruMap<number, RunState>(maxRows);
  #nextIds = new Map<IdKind, number>();
  #staged: StagedRows | undefined;
  #stagedIds: ReadonlyMap<IdKind, number> = new Map();

  /** Finds the given orders, the given runs and their orders, and the latest run of each of these orders. */
  find(orderIds: ReadonlySet<number>, runIds: ReadonlySet<number>): KnownRows {
    const found: KnownRows = { orders: [], runs: [], missingOrderIds: new Set(), missingRunIds: new Set() };
    for (const id of orderIds) if (!this.#addOrder(id, found)) found.missingOrderIds.add(id);
    for (const id of runIds) {
      const run = this.#runs.get(id);
      if (run && this.#addOrder(run.orderId, found)) found.runs.push(run);
      else found.missingRunIds.add(id);
    }
    return found;
  }

  /** Returns the ids of the next new rows of these kinds; undefined if they are not all known. */
  getNextIds(kinds: ReadonlySet<IdKind>): Map<IdKind, number> | undefined {
    const known = new Map<IdKind, number>();
    for (const kind of kinds) {
      const id = this.#nextIds.get(kind);
      if (id === undefined) return undefined;
      known.set(kind, id);
    }
    return known;
  }

  /** Announces the rows that the transaction in progress changes. */
  stage(orders: ChangedRows<OrderState>, runs: ChangedRows<RunState>): void {
    this.#staged = { orders: orders.changed.values(), runs: runs.changed.values() };
  }

  /** Announces the ids that the transaction in progress uses. @param nextIds may still change before the commit */
  stageIds(nextIds: ReadonlyMap<IdKind, number>): void {
    this.#stagedIds = nextIds;
  }

  /** Ends the transaction in progress. */
  endTransaction(isCommitted: boolean): void {
    if (isCommitted && this.#staged) this.#keep(this.#staged);
    else this.#clear();
    this.#staged = undefined;
    this.#stagedIds = new Map();
  }

  #keep({ orders, runs }: StagedRows): void {
    for (const order of orders) this.#orders.set(order.id, order);
    for (const run of runs) this.#runs.set(run.id, run);
    for (const [kind, id] of this.#stagedIds) this.#nextIds.set(kind, id);
  }

  #clear(): void {
    this.#orders = new LruMap(maxRows);
    this.#runs = new LruMap(maxRows);
    this.#nextIds = new Map();
  }

  /** Adds an order and its latest run. Returns whether both are known. */
  #addOrder(id: number, { orders, runs }: KnownRows): boolean {
    const order = this.#orders.get(id);
    if (!order) return false;
    const run = order.validation && this.#runs.get(order.validation.id);
    if (run === undefined) return false;
    orders.push(order);
    if (run) runs.push(run);
    return true;
  }
}
