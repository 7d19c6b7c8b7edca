// The unit of work of a group of commands: the loaded state, and the pending changes on top of it.

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

/** The state that a group of commands is decided on, and its pending changes. */
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
  /** Responses that the group stores. */
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

  /** Selects the command whose ids `nextId` returns. */
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
    if (this.#head === undefined) throw new Error('the read set of the command does not include head');
    return this.#head + this.events.length;
  }

  /** Adds the changes of one command, so that the next command is decided on them. */
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

  /** Returns the response stored under a key, including those of earlier commands of the group. */
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

/** Loads the read sets of a group, with one query per entity type, and the responses stored under the keys. */
export async function loadUnitOfWork(
  em: EntityManager,
  dialect: Dialect,
  readSets: ReadSet[],
  keys: readonly IdempotencyKey[],
  now: string,
): Promise<UnitOfWork> {
  const collectAll = <Name extends keyof ReadLists>(name: Name) => collect(readSets, name);
  const expired = collectAll('expired');
  // Every transaction locks orders before webhooks, so that nodes cannot deadlock.
  const entities = await loadOrdersAndRuns(em, dialect, collectAll('orderIds'), collectAll('runIds'));
  const webhooks = await loadWebhooks(em, dialect, collectAll('webhookIds'));
  const failingIds = webhooks.flatMap(({ failingDeliveryId }) => failingDeliveryId ?? []);
  const loaded: Loaded = {
    entities,
    references: await loadReferences(em, dialect, collectAll('references')),
    ids: await dialect.allocateIds(
      em,
      readSets.map(({ ids = [] }) => ids),
    ),
    webhooks,
    deliveries: await loadDeliveries(em, collectAll('deliveryIds').union(new Set(failingIds))),
    head: readSets.some(({ head }) => head) ? await loadHead(em) : undefined,
    storedResponses: await loadStoredResponses(em, dialect, keys, now),
    expired: {
      idempotencyKeys: expired.has('idempotencyKeys') ? await loadExpiredKeys(em, now) : [],
      deliveries: expired.has('deliveries') ? await loadExpiredDeliveries(em, now) : [],
    },
  };
  return new UnitOfWork(loaded, now);
}

type ReadLists = Required<Omit<ReadSet, 'head' | 'ids'>>;

/** Returns the distinct entries of one list of all read sets. */
function collect<Name extends keyof ReadLists>(readSets: ReadSet[], name: Name): Set<ReadLists[Name][number]> {
  const lists: readonly ReadLists[Name][number][][] = readSets.map((readSet) => [...(readSet[name] ?? [])]);
  return new Set(lists.flat());
}
