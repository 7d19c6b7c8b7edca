// The unit of work of a group of commands: the loaded state, and the pending changes on top of it.

import type { Ids } from '../database/ids.ts';
import type { IdempotencyKey, StoredResponse } from '../database/mapping/stored-response.ts';
import { type LoadedResponses, toMapKey } from '../database/writes/idempotency-keys.ts';
import type { LoadedOrders } from '../database/writes/orders.ts';
import type { EventDraft } from '../domain/event.ts';
import type { OrderState } from '../domain/order.ts';
import type { RunState } from '../domain/run.ts';
import type { ClaimedRun } from '../domain/run-commands.ts';
import type { AttemptCapacity, Changes, CurrentState, ExpiredRows, IdKind, JobChange } from '../domain/state.ts';
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
  readonly #loadedResponses: LoadedResponses;
  readonly #references: Map<string, number>;
  readonly #ids: Ids;
  readonly #head: number | undefined;
  readonly #leaseMs: number;
  #freeAttempts: number;

  constructor(loaded: LoadedState, now: string, { free, leaseMs }: AttemptCapacity) {
    this.now = now;
    this.#freeAttempts = free;
    this.#leaseMs = leaseMs;
    this.orders = new ChangeTracker(loaded.entities.orders);
    this.runs = new ChangeTracker(loaded.entities.runs);
    this.webhooks = new ChangeTracker(loaded.webhooks);
    this.deliveries = new ChangeTracker(loaded.deliveries);
    this.expired = loaded.expired;
    this.#loadedResponses = loaded.responses;
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

  reserveAttemptLeaseMs(): number | undefined {
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
    return this.#loadedResponses.responses.get(toMapKey(key));
  }

  /** Stores a response. An expired one under the same key is replaced. */
  storeResponse(stored: StoredResponse): void {
    const mapKey = toMapKey(stored);
    const expiredId = this.#loadedResponses.expiredIds.get(mapKey);
    if (expiredId !== undefined) this.purged.idempotencyKeys.push(expiredId);
    this.#loadedResponses.responses.set(mapKey, stored);
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

/** The state that is loaded for a group. */
export type LoadedState = {
  entities: LoadedOrders;
  references: Map<string, number>;
  ids: Ids;
  webhooks: WebhookState[];
  deliveries: DeliveryState[];
  head: number | undefined;
  responses: LoadedResponses;
  expired: Required<ExpiredRows>;
};
