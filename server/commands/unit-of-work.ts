// The unit of work of a group of commands: the loaded state, and the pending changes on top of it.

import type { EntityManager } from '@mikro-orm/sql';
import type { Dialect } from '../database/dialect.ts';
import type { Ids } from '../database/ids.ts';
import type { IdempotencyKey, StoredResponse } from '../database/mapping/stored-response.ts';
import { loadHead } from '../database/writes/events.ts';
import {
  type LoadedResponses,
  loadExpiredKeys,
  loadStoredResponses,
  toMapKey,
} from '../database/writes/idempotency-keys.ts';
import { type LoadedOrders, loadOrdersAndRuns, loadReferences } from '../database/writes/orders.ts';
import { loadDeliveries, loadExpiredDeliveries, loadWebhooks } from '../database/writes/webhooks.ts';
import type { EventDraft } from '../domain/event.ts';
import type { OrderState } from '../domain/order.ts';
import type { RunState } from '../domain/run.ts';
import type { ClaimedRun } from '../domain/run-commands.ts';
import type { AttemptPlaces, Changes, CurrentState, ExpiredRows, IdKind, JobChange, ReadSet } from '../domain/state.ts';
import type { DeliveryState, WebhookState } from '../domain/webhook.ts';
import { ChangeTracker } from './change-tracker.ts';

/** The state that a group of commands is decided on, and its pending changes. */
export class UnitOfWork implements CurrentState {
  readonly now: string;
  readonly orders: ChangeTracker<OrderState>;
  readonly runs: ChangeTracker<RunState>;
  readonly webhooks: ChangeTracker<WebhookState>;
  readonly deliveries: ChangeTracker<DeliveryState>;
  readonly events: EventDraft[] = [];
  readonly jobs: JobChange[] = [];
  readonly #begun: ClaimedRun[] = [];
  readonly expired: Required<ExpiredRows>;
  readonly purged = { idempotencyKeys: [] as number[], deliveries: [] as number[] };
  /** Responses that the group stores. */
  readonly newResponses: StoredResponse[] = [];
  readonly #stored: LoadedResponses;
  readonly #references: Map<string, number>;
  readonly #ids: Ids;
  readonly #head: number | undefined;
  readonly #leaseMs: number;
  #freeAttempts: number;

  constructor(loaded: Loaded, now: string, { free, leaseMs }: AttemptPlaces) {
    this.now = now;
    this.#freeAttempts = free;
    this.#leaseMs = leaseMs;
    this.orders = new ChangeTracker(loaded.entities.orders);
    this.runs = new ChangeTracker(loaded.entities.runs);
    this.webhooks = new ChangeTracker(loaded.webhooks);
    this.deliveries = new ChangeTracker(loaded.deliveries);
    this.expired = loaded.expired;
    this.#stored = loaded.stored;
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

  reserveAttempt(): number | undefined {
    this.#freeAttempts -= 1;
    return this.#freeAttempts < 0 ? undefined : this.#leaseMs;
  }

  /** The runs that begin with the commit, without those that a later command of the group has ended. */
  get begun(): ClaimedRun[] {
    return this.#begun.filter(({ run }) => this.run(run.id) === run);
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
    const { orders = [], events = [], jobs = [], begun = [], deletedWebhooks = [], purged = {} } = changes;
    for (const order of orders) this.#moveReference(order);
    this.#put('order', this.orders, orders);
    this.#put('run', this.runs, changes.runs);
    this.#put('webhook', this.webhooks, changes.webhooks);
    this.#put('delivery', this.deliveries, changes.deliveries);
    for (const webhookId of deletedWebhooks) this.webhooks.remove(webhookId);
    this.events.push(...events);
    this.jobs.push(...jobs);
    this.#begun.push(...begun);
    this.purged.idempotencyKeys.push(...(purged.idempotencyKeys ?? []));
    this.purged.deliveries.push(...(purged.deliveries ?? []));
  }

  /** Returns the response stored under a key, including those of earlier commands of the group. */
  findStoredResponse(key: IdempotencyKey): StoredResponse | undefined {
    return this.#stored.responses.get(toMapKey(key));
  }

  /** Stores a response. An expired one under the same key is replaced. */
  storeResponse(stored: StoredResponse): void {
    const mapKey = toMapKey(stored);
    const expiredId = this.#stored.expired.get(mapKey);
    if (expiredId !== undefined) this.purged.idempotencyKeys.push(expiredId);
    this.#stored.responses.set(mapKey, stored);
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
  stored: LoadedResponses;
  expired: Required<ExpiredRows>;
};

/** Loads the read sets of a group, and the responses stored under the keys. */
export async function loadUnitOfWork(
  em: EntityManager,
  dialect: Dialect,
  readSets: ReadSet[],
  keys: readonly IdempotencyKey[],
  now: string,
  attempts: AttemptPlaces,
): Promise<UnitOfWork> {
  const collectAll = <Name extends keyof ReadLists>(name: Name) => collect(readSets, name);
  const expired = collectAll('expired');
  // The queries are sent in this order and may be pipelined. Every transaction locks orders before webhooks, so that
  // nodes cannot deadlock. Stored responses are read after the locks, so that a repeated request finds the response.
  const [entities, webhooks, stored, references, ids, head, expiredKeys, expiredDeliveries] = await Promise.all([
    loadOrdersAndRuns(em, dialect, collectAll('orderIds'), collectAll('runIds')),
    loadWebhooks(em, dialect, collectAll('webhookIds')),
    loadStoredResponses(em, dialect, keys, now),
    loadReferences(em, dialect, collectAll('references')),
    dialect.allocateIds(
      em,
      readSets.map(({ ids = [] }) => ids),
    ),
    readSets.some(({ head }) => head) ? loadHead(em) : undefined,
    expired.has('idempotencyKeys') ? loadExpiredKeys(em, now) : [],
    expired.has('deliveries') ? loadExpiredDeliveries(em, now) : [],
  ]);
  const failingIds = webhooks.flatMap(({ failingDeliveryId }) => failingDeliveryId ?? []);
  const deliveries = await loadDeliveries(em, collectAll('deliveryIds').union(new Set(failingIds)));
  const loaded: Loaded = {
    ...{ entities, webhooks, stored, references, ids, head, deliveries },
    expired: { idempotencyKeys: expiredKeys, deliveries: expiredDeliveries },
  };
  return new UnitOfWork(loaded, now, attempts);
}

type ReadLists = Required<Omit<ReadSet, 'head' | 'ids'>>;

/** Returns the distinct entries of one list of all read sets. */
function collect<Name extends keyof ReadLists>(readSets: ReadSet[], name: Name): Set<ReadLists[Name][number]> {
  return new Set(readSets.flatMap((readSet): ReadLists[Name][number][] => [...(readSet[name] ?? [])]));
}
