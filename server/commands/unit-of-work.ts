// What a group of commands is decided on: everything loaded at once, and everything changed so far on top of it.

import type { EntityManager } from '@mikro-orm/sql';
import type { Dialect } from '../database/dialect.ts';
import type { Ids } from '../database/ids.ts';
import { orderMapping, toOrderState } from '../database/mapping/order.ts';
import { runMapping } from '../database/mapping/run.ts';
import type { IdempotencyKey, StoredResponse } from '../database/mapping/stored-response.ts';
import { loadHead } from '../database/writes/events.ts';
import { loadExpiredKeys, loadStoredResponses, toMapKey } from '../database/writes/idempotency-keys.ts';
import { type LoadedOrders, loadOrdersAndRuns, loadReferences } from '../database/writes/orders.ts';
import { loadDeliveries, loadExpiredDeliveries, loadWebhooks } from '../database/writes/webhooks.ts';
import type { EventDraft } from '../domain/event.ts';
import type { OrderState } from '../domain/order.ts';
import type { RunState } from '../domain/run.ts';
import type { Changes, CurrentState, ExpiredRows, IdKind, JobChange, ReadSet } from '../domain/state.ts';
import type { DeliveryState, WebhookState } from '../domain/webhook.ts';
import { ChangeTracker } from './change-tracker.ts';

/** The present state of a group, and what has to be written when it is done. */
export class UnitOfWork implements CurrentState {
  readonly now: string;
  readonly entities: LoadedOrders;
  readonly orders: ChangeTracker<OrderState>;
  readonly runs: ChangeTracker<RunState>;
  readonly webhooks: ChangeTracker<WebhookState>;
  readonly deliveries: ChangeTracker<DeliveryState>;
  readonly events: EventDraft[] = [];
  readonly jobs: JobChange[] = [];
  readonly expired: Required<ExpiredRows>;
  readonly purged = { idempotencyKeys: [] as number[], deliveries: [] as number[] };
  /** Answers that the group adds. */
  readonly newResponses: StoredResponse[] = [];
  readonly #storedResponses: Map<string, StoredResponse>;
  readonly #references: Map<string, number>;
  readonly #ids: Ids;
  readonly #head: number | undefined;

  constructor(loaded: Loaded, now: string) {
    this.now = now;
    this.entities = loaded.entities;
    this.orders = new ChangeTracker(loaded.entities.orders.map((entity) => toOrderState(orderMapping.copy(entity))));
    this.runs = new ChangeTracker(loaded.entities.runs.map(runMapping.copy));
    this.webhooks = new ChangeTracker(loaded.webhooks);
    this.deliveries = new ChangeTracker(loaded.deliveries);
    this.expired = loaded.expired;
    this.#storedResponses = loaded.storedResponses;
    this.#references = loaded.references;
    this.#ids = loaded.ids;
    this.#head = loaded.head;
  }

  /** Turns to the command of this index. */
  selectCommand(index: number): void {
    this.#ids.selectCommand(index);
  }

  nextId(kind: IdKind, ahead = 0): number {
    return this.#ids.next(kind, ahead);
  }

  order(orderId: number): OrderState | undefined {
    return this.orders.get(orderId);
  }

  run(runId: number): RunState | undefined {
    return this.runs.get(runId);
  }

  findOrderIdByReference(reference: string): number | undefined {
    return this.#references.get(reference);
  }

  webhook(webhookId: number): WebhookState | undefined {
    return this.webhooks.get(webhookId);
  }

  delivery(deliveryId: number): DeliveryState | undefined {
    return this.deliveries.get(deliveryId);
  }

  get head(): number {
    if (this.#head === undefined) throw new Error('a command that asks for the head of the log has not said so');
    return this.#head + this.events.length;
  }

  /** Puts the changes of one command on top, so that the next one sees them. */
  apply(changes: Changes): void {
    const { orders = [], events = [], jobs = [], deletedWebhooks = [], purged = {} } = changes;
    for (const order of orders) this.#moveReference(order);
    this.#put('order', this.orders, orders);
    this.#put('run', this.runs, changes.runs);
    this.#put('webhook', this.webhooks, changes.webhooks);
    this.#put('delivery', this.deliveries, changes.deliveries);
    for (const webhookId of deletedWebhooks) this.webhooks.remove(webhookId);
    this.events.push(...events);
    this.jobs.push(...jobs);
    this.purged.idempotencyKeys.push(...(purged.idempotencyKeys ?? []));
    this.purged.deliveries.push(...(purged.deliveries ?? []));
  }

  /** The answer that is kept under a key, be it of an earlier command of the group. */
  findStoredResponse(key: IdempotencyKey): StoredResponse | undefined {
    return this.#storedResponses.get(toMapKey(key));
  }

  storeResponse(stored: StoredResponse): void {
    this.#storedResponses.set(toMapKey(stored), stored);
    this.newResponses.push(stored);
  }

  #moveReference(order: OrderState): void {
    const previous = this.order(order.id)?.reference ?? null;
    if (previous !== null && previous !== order.reference) this.#references.delete(previous);
    if (order.reference !== null) this.#references.set(order.reference, order.id);
  }

  #put<Row extends { id: number }>(kind: IdKind, rows: ChangeTracker<Row>, changed: readonly Row[] = []): void {
    for (const row of changed) {
      rows.put(row);
      this.#ids.markUsed(kind, row.id);
    }
  }
}

type Loaded = {
  entities: LoadedOrders;
  references: Map<string, number>;
  ids: Ids;
  webhooks: WebhookState[];
  deliveries: DeliveryState[];
  head: number | undefined;
  storedResponses: Map<string, StoredResponse>;
  expired: Required<ExpiredRows>;
};

/** Loads what the commands of a group need, in one query a kind, and what is kept under the keys. */
export async function loadUnitOfWork(
  em: EntityManager,
  dialect: Dialect,
  readSets: ReadSet[],
  keys: readonly IdempotencyKey[],
  now: string,
): Promise<UnitOfWork> {
  const collectAll = <Name extends keyof NeededLists>(name: Name) => collect(readSets, name);
  const expired = collectAll('expired');
  // Whoever locks orders and webhooks locks the orders first.
  const entities = await loadOrdersAndRuns(em, dialect, collectAll('orderIds'), collectAll('runIds'));
  const webhooks = await loadWebhooks(em, dialect, collectAll('webhookIds'));
  const failingIds = webhooks.flatMap(({ failingDeliveryId }) => failingDeliveryId ?? []);
  const loaded: Loaded = {
    entities,
    references: await loadReferences(em, collectAll('references')),
    ids: await dialect.allocateIds(
      em,
      readSets.map(({ ids = [] }) => ids),
    ),
    webhooks,
    deliveries: await loadDeliveries(em, collectAll('deliveryIds').union(new Set(failingIds))),
    head: readSets.some(({ head }) => head) ? await loadHead(em) : undefined,
    storedResponses: await loadStoredResponses(em, keys, now),
    expired: {
      idempotencyKeys: expired.has('idempotencyKeys') ? await loadExpiredKeys(em, now) : [],
      deliveries: expired.has('deliveries') ? await loadExpiredDeliveries(em, now) : [],
    },
  };
  return new UnitOfWork(loaded, now);
}

type NeededLists = Required<Omit<ReadSet, 'head' | 'ids'>>;

/** Everything of one kind that these commands need, each once. */
function collect<Name extends keyof NeededLists>(readSets: ReadSet[], name: Name): Set<NeededLists[Name][number]> {
  const lists: readonly NeededLists[Name][number][][] = readSets.map((need) => [...(need[name] ?? [])]);
  return new Set(lists.flat());
}
