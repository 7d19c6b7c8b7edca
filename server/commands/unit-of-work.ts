// What a group of commands is decided on: everything loaded at once, and everything changed so far on top of it.

import type { EntityManager } from '@mikro-orm/sql';
import type { Dialect } from '../database/dialect.ts';
import type { IdKind, Ids } from '../database/ids.ts';
import { loadHead } from '../database/writes/events.ts';
import {
  type AnswerKey,
  type KeptAnswer,
  loadAnswers,
  loadForgettableAnswers,
  nameOf,
} from '../database/writes/idempotency-keys.ts';
import {
  type LoadedOrders,
  loadOrdersAndRuns,
  loadReferences,
  orderState,
  runState,
} from '../database/writes/orders.ts';
import { loadDeliveries, loadForgettableDeliveries, loadWebhooks } from '../database/writes/webhooks.ts';
import type {
  Changes,
  EventDraft,
  Forgettable,
  JobChange,
  Needs,
  OrderState,
  RunState,
  State,
} from '../domain/state.ts';
import type { DeliveryState, WebhookState } from '../domain/webhook.ts';
import { Tracked } from './change-tracker.ts';

/** The present state of a group, and what has to be written when it is done. */
export class Workspace implements State {
  readonly now: string;
  readonly entities: LoadedOrders;
  readonly orders: Tracked<OrderState>;
  readonly runs: Tracked<RunState>;
  readonly webhooks: Tracked<WebhookState>;
  readonly deliveries: Tracked<DeliveryState>;
  readonly events: EventDraft[] = [];
  readonly jobs: JobChange[] = [];
  readonly forgettable: Required<Forgettable>;
  readonly forgotten = { answers: [] as number[], deliveries: [] as number[] };
  /** Answers that the group adds. */
  readonly newAnswers: KeptAnswer[] = [];
  readonly #answers: Map<string, KeptAnswer>;
  readonly #references: Map<string, number>;
  readonly #ids: Ids;
  readonly #head: number | undefined;

  constructor(loaded: Loaded, now: string) {
    this.now = now;
    this.entities = loaded.entities;
    this.orders = new Tracked(loaded.entities.orders.map(orderState));
    this.runs = new Tracked(loaded.entities.runs.map(runState));
    this.webhooks = new Tracked(loaded.webhooks);
    this.deliveries = new Tracked(loaded.deliveries);
    this.forgettable = loaded.forgettable;
    this.#answers = loaded.answers;
    this.#references = loaded.references;
    this.#ids = loaded.ids;
    this.#head = loaded.head;
  }

  /** Turns to the command of this index. */
  turnTo(index: number): void {
    this.#ids.turnTo(index);
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

  orderIdOfReference(reference: string): number | undefined {
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
    const { orders = [], events = [], jobs = [], deletedWebhooks = [], forgotten = {} } = changes;
    for (const order of orders) this.#moveReference(order);
    this.#put('order', this.orders, orders);
    this.#put('run', this.runs, changes.runs);
    this.#put('webhook', this.webhooks, changes.webhooks);
    this.#put('delivery', this.deliveries, changes.deliveries);
    for (const webhookId of deletedWebhooks) this.webhooks.remove(webhookId);
    this.events.push(...events);
    this.jobs.push(...jobs);
    this.forgotten.answers.push(...(forgotten.answers ?? []));
    this.forgotten.deliveries.push(...(forgotten.deliveries ?? []));
  }

  /** The answer that is kept under a key, be it of an earlier command of the group. */
  keptAnswer(key: AnswerKey): KeptAnswer | undefined {
    return this.#answers.get(nameOf(key));
  }

  keepAnswer(kept: KeptAnswer): void {
    this.#answers.set(nameOf(kept), kept);
    this.newAnswers.push(kept);
  }

  #moveReference(order: OrderState): void {
    const former = this.order(order.id)?.reference ?? null;
    if (former !== null && former !== order.reference) this.#references.delete(former);
    if (order.reference !== null) this.#references.set(order.reference, order.id);
  }

  #put<Row extends { id: number }>(kind: IdKind, rows: Tracked<Row>, changed: readonly Row[] = []): void {
    for (const row of changed) {
      rows.put(row);
      this.#ids.give(kind, row.id);
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
  answers: Map<string, KeptAnswer>;
  forgettable: Required<Forgettable>;
};

/** Loads what the commands of a group need, in one query a kind, and what is kept under the keys. */
export async function loadWorkspace(
  em: EntityManager,
  dialect: Dialect,
  needs: Needs[],
  keys: readonly AnswerKey[],
  now: string,
): Promise<Workspace> {
  const named = <Name extends keyof NeededLists>(name: Name) => namedIn(needs, name);
  const forgettable = named('forgettable');
  // Whoever locks orders and webhooks locks the orders first.
  const entities = await loadOrdersAndRuns(em, dialect, named('orderIds'), named('runIds'));
  const webhooks = await loadWebhooks(em, dialect, named('webhookIds'));
  const stuck = webhooks.flatMap(({ stuckDeliveryId }) => stuckDeliveryId ?? []);
  const loaded: Loaded = {
    entities,
    references: await loadReferences(em, named('references')),
    ids: await dialect.findIds(
      em,
      needs.map(({ ids = [] }) => ids),
    ),
    webhooks,
    deliveries: await loadDeliveries(em, named('deliveryIds').union(new Set(stuck))),
    head: needs.some(({ head }) => head) ? await loadHead(em) : undefined,
    answers: await loadAnswers(em, keys, now),
    forgettable: {
      answers: forgettable.has('answers') ? await loadForgettableAnswers(em, now) : [],
      deliveries: forgettable.has('deliveries') ? await loadForgettableDeliveries(em, now) : [],
    },
  };
  return new Workspace(loaded, now);
}

type NeededLists = Required<Omit<Needs, 'head' | 'ids'>>;

/** Everything of one kind that these commands need, each once. */
function namedIn<Name extends keyof NeededLists>(needs: Needs[], name: Name): Set<NeededLists[Name][number]> {
  const lists: readonly NeededLists[Name][number][][] = needs.map((need) => [...(need[name] ?? [])]);
  return new Set(lists.flat());
}
