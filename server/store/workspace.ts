// What a group of commands is decided on: everything loaded at once, and everything changed so far on top of it.

import type { EntityManager } from '@mikro-orm/sqlite';
import { OrderEntity, type OrderEntityRow, RunEntity, type RunEntityRow } from './entities.ts';
import { type AnswerKey, findAnswers, findForgettable, type KeptAnswer, nameOf } from './kept-answers.ts';
import type { Changes, EventDraft, JobChange, Needs, OrderState, RunState, State } from './state.ts';
import type { Tables } from './tables.ts';

/** The present state of a group, and what has to be written when it is done. */
export class Workspace implements State {
  readonly now: string;
  readonly orderEntities: ReadonlyMap<number, OrderEntityRow>;
  readonly runEntities: ReadonlyMap<number, RunEntityRow>;
  /** Orders and runs before the group; what is missing here is new. */
  readonly before = { orders: new Map<number, OrderState>(), runs: new Map<number, RunState>() };
  readonly changed = { orders: new Map<number, OrderState>(), runs: new Map<number, RunState>() };
  readonly events: EventDraft[] = [];
  readonly jobs: JobChange[] = [];
  readonly forgettable: readonly number[];
  readonly forgotten: number[] = [];
  /** Answers that the group adds. */
  readonly newAnswers: KeptAnswer[] = [];
  readonly #answers: Map<string, KeptAnswer>;
  readonly #references: Map<string, number>;
  readonly #next: { orderId: number; runId: number } | undefined;

  constructor(loaded: Loaded, now: string) {
    this.now = now;
    this.#next = loaded.next;
    this.#references = loaded.references;
    this.#answers = loaded.answers;
    this.forgettable = loaded.forgettable;
    this.orderEntities = new Map(loaded.orders.map((entity) => [entity.id, entity]));
    this.runEntities = new Map(loaded.runs.map((entity) => [entity.id, entity]));
    for (const entity of loaded.orders) this.before.orders.set(entity.id, orderState(entity));
    for (const entity of loaded.runs) this.before.runs.set(entity.id, runState(entity));
  }

  get next(): { orderId: number; runId: number } {
    if (!this.#next) throw new Error('a command that adds something has not said that it needs ids');
    return this.#next;
  }

  order(orderId: number): OrderState | undefined {
    return this.changed.orders.get(orderId) ?? this.before.orders.get(orderId);
  }

  run(runId: number): RunState | undefined {
    return this.changed.runs.get(runId) ?? this.before.runs.get(runId);
  }

  orderIdOfReference(reference: string): number | undefined {
    return this.#references.get(reference);
  }

  /** Puts the changes of one command on top, so that the next one sees them. */
  apply(changes: Changes): void {
    for (const order of changes.orders ?? []) this.#applyOrder(order);
    for (const run of changes.runs ?? []) {
      this.changed.runs.set(run.id, run);
      if (this.#next) this.#next.runId = Math.max(this.#next.runId, run.id + 1);
    }
    this.events.push(...(changes.events ?? []));
    this.jobs.push(...(changes.jobs ?? []));
    this.forgotten.push(...(changes.forgotten ?? []));
  }

  /** The answer that is kept under a key, be it of an earlier command of the group. */
  keptAnswer(key: AnswerKey): KeptAnswer | undefined {
    return this.#answers.get(nameOf(key));
  }

  keepAnswer(kept: KeptAnswer): void {
    this.#answers.set(nameOf(kept), kept);
    this.newAnswers.push(kept);
  }

  #applyOrder(order: OrderState): void {
    const former = this.order(order.id)?.reference ?? null;
    if (former !== null && former !== order.reference) this.#references.delete(former);
    if (order.reference !== null) this.#references.set(order.reference, order.id);
    this.changed.orders.set(order.id, order);
    if (this.#next) this.#next.orderId = Math.max(this.#next.orderId, order.id + 1);
  }
}

type Loaded = {
  orders: OrderEntityRow[];
  runs: RunEntityRow[];
  references: Map<string, number>;
  next: { orderId: number; runId: number } | undefined;
  answers: Map<string, KeptAnswer>;
  forgettable: number[];
};

/**
 * Loads what the commands of a group need, in one query a kind: the runs that are named, their orders and those that are
 * named, the latest runs of all these orders, and what is kept under the keys.
 */
export async function loadWorkspace(
  em: EntityManager,
  needs: Needs[],
  keys: readonly AnswerKey[],
  now: string,
): Promise<Workspace> {
  const runs = await findRuns(em, unique(needs.flatMap((need) => need.runIds ?? [])));
  const orderIds = unique([...needs.flatMap((need) => need.orderIds ?? []), ...runs.map((run) => run.orderId)]);
  const orders = orderIds.length === 0 ? [] : await em.find(OrderEntity, { id: { $in: orderIds } });
  const known = new Set(runs.map((run) => run.id));
  const latest = orders.flatMap(({ validationId }) => validationId ?? []).filter((id) => !known.has(id));
  runs.push(...(await findRuns(em, unique(latest))));
  const references = await findReferences(em, unique(needs.flatMap((need) => need.references ?? [])));
  const next = needs.some(({ ids }) => ids) ? await nextIds(em) : undefined;
  const answers = await findAnswers(em, keys, now);
  const forgettable = needs.some((need) => need.forgettable) ? await findForgettable(em, now) : [];
  return new Workspace({ orders, runs, references, next, answers, forgettable }, now);
}

async function findRuns(em: EntityManager, ids: number[]): Promise<RunEntityRow[]> {
  return ids.length === 0 ? [] : em.find(RunEntity, { id: { $in: ids } });
}

async function findReferences(em: EntityManager, references: string[]): Promise<Map<string, number>> {
  if (references.length === 0) return new Map();
  const rows = await em
    .getKysely<Tables>()
    .selectFrom('orders')
    .select(['id', 'reference'])
    .where('reference', 'in', references)
    .execute();
  return new Map(rows.flatMap(({ id, reference }) => (reference === null ? [] : [[reference, id]])));
}

/** Orders and runs are never deleted, and this transaction alone can add one: the greatest id says the next. */
async function nextIds(em: EntityManager): Promise<{ orderId: number; runId: number }> {
  const kysely = em.getKysely<Tables>();
  const { orderId, runId } = await kysely
    .selectNoFrom(({ selectFrom }) => [
      selectFrom('orders')
        .select(({ fn }) => fn.max('orders.id').as('id'))
        .as('orderId'),
      selectFrom('validation_runs')
        .select(({ fn }) => fn.max('validation_runs.id').as('id'))
        .as('runId'),
    ])
    .executeTakeFirstOrThrow();
  return { orderId: (orderId ?? 0) + 1, runId: (runId ?? 0) + 1 };
}

function unique<Value>(values: Value[]): Value[] {
  return [...new Set(values)];
}

function orderState({ validationId, validationState, ...entity }: OrderEntityRow): OrderState {
  const validation =
    validationId == null || validationState == null ? null : { id: validationId, state: validationState };
  return {
    id: entity.id,
    reference: entity.reference ?? null,
    customerId: entity.customerId,
    currency: entity.currency,
    items: entity.items,
    total: entity.total,
    note: entity.note ?? null,
    metadata: entity.metadata,
    status: entity.status,
    version: entity.version,
    rejection: entity.rejection ?? null,
    validation,
    createdBy: entity.createdBy,
    contributors: entity.contributors,
    createdAt: entity.createdAt,
    updatedAt: entity.updatedAt,
  };
}

function runState(entity: RunEntityRow): RunState {
  return {
    id: entity.id,
    orderId: entity.orderId,
    orderVersion: entity.orderVersion,
    state: entity.state,
    attempt: entity.attempt,
    maxAttempts: entity.maxAttempts,
    policyVersion: entity.policyVersion,
    findings: entity.findings,
    error: entity.error ?? null,
    fence: entity.fence,
    createdAt: entity.createdAt,
    startedAt: entity.startedAt ?? null,
    finishedAt: entity.finishedAt ?? null,
  };
}
