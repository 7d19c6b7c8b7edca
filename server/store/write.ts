// Writes what a group of commands has changed, within its transaction: orders and runs as one unit of work,
// events in bulk at the end of the log, the counters by what the group added to them, and the answers that are kept.

import type { EntityManager } from '@mikro-orm/sqlite';
import { sql } from 'kysely';
import { OrderEntity, RunEntity } from './entities.ts';
import { deleteAnswers, writeAnswers } from './kept-answers.ts';
import { type EventDraft, isOpen, type OrderState, type RunState } from './state.ts';
import type { CounterName, Tables } from './tables.ts';
import type { Workspace } from './workspace.ts';

/** @param newEventId makes a UUIDv7 */
export async function writeWorkspace(em: EntityManager, workspace: Workspace, newEventId: () => string): Promise<void> {
  for (const order of workspace.changed.orders.values()) writeOrder(em, workspace, order);
  for (const run of workspace.changed.runs.values()) writeRun(em, workspace, run);
  await em.flush();
  await writeCounters(em, workspace);
  await appendEvents(em, workspace.events, newEventId);
  // First: an answer that is too old may have been renewed under its key, in the same group.
  await deleteAnswers(em, workspace.forgotten);
  await writeAnswers(em, workspace.newAnswers, workspace.now);
}

function writeOrder(em: EntityManager, workspace: Workspace, { validation, ...fields }: OrderState): void {
  const row = { ...fields, validationId: validation?.id ?? null, validationState: validation?.state ?? null };
  const entity = workspace.orderEntities.get(row.id);
  if (entity) Object.assign(entity, row);
  else em.persist(em.create(OrderEntity, row));
}

function writeRun(em: EntityManager, workspace: Workspace, run: RunState): void {
  const entity = workspace.runEntities.get(run.id);
  if (entity) Object.assign(entity, run);
  else em.persist(em.create(RunEntity, run));
}

async function writeCounters(em: EntityManager, { before, changed }: Workspace): Promise<void> {
  const deltas = new Map<CounterName, number>();
  const add = (name: CounterName, delta: number) => deltas.set(name, (deltas.get(name) ?? 0) + delta);
  for (const order of changed.orders.values()) {
    const former = before.orders.get(order.id);
    if (former) add(`orders.${former.status}`, -1);
    add(`orders.${order.status}`, 1);
  }
  for (const run of changed.runs.values()) {
    const former = before.runs.get(run.id);
    add('runs.open', Number(isOpen(run)) - Number(former !== undefined && isOpen(former)));
  }
  for (const [name, delta] of deltas) {
    if (delta === 0) continue;
    await em
      .getKysely<Tables>()
      .updateTable('counters')
      .set({ value: sql<number>`value + ${delta}` })
      .where('name', '=', name)
      .execute();
  }
}

async function appendEvents(em: EntityManager, drafts: EventDraft[], newEventId: () => string): Promise<void> {
  if (drafts.length === 0) return;
  const rows = drafts.map((draft) => ({
    id: newEventId(),
    type: draft.type,
    timestamp: draft.timestamp,
    order_id: draft.orderId,
    sequence: draft.sequence,
    actor_type: draft.actor.type,
    actor_id: draft.actor.id,
    request_id: draft.requestId,
    address: draft.address,
    data: JSON.stringify(draft.data),
  }));
  await em.getKysely<Tables>().insertInto('events').values(rows).execute();
}
