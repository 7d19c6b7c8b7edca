// Writes what a group of commands has changed, within its transaction: orders and runs as one unit of work, the answers
// that are kept, the counters by what the group added to them, and events in bulk at the end of the log.

import type { EntityManager } from '@mikro-orm/sql';
import { sql } from 'kysely';
import type { Dialect } from '../database/dialect.ts';
import { type CounterName, idCounters, type Tables } from '../database/tables.ts';
import { appendEvents } from '../database/writes/events.ts';
import { deleteExpiredKeys, writeStoredResponses } from '../database/writes/idempotency-keys.ts';
import { persistOrdersAndRuns } from '../database/writes/orders.ts';
import { purgeDeliveries, writeDeliveries, writeWebhooks } from '../database/writes/webhooks.ts';
import { isOpen } from '../domain/run.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** Writes everything but the log and what is counted. */
export async function writeChanges(em: EntityManager, unitOfWork: UnitOfWork): Promise<void> {
  const { entities, orders, runs, webhooks, deliveries, purged, now } = unitOfWork;
  persistOrdersAndRuns(em, entities, orders.changed.values(), runs.changed.values());
  await em.flush();
  // First: those of a webhook that is deleted in the same group go with it.
  await writeDeliveries(em, deliveries);
  await writeWebhooks(em, webhooks);
  await purgeDeliveries(em, purged.deliveries);
  // First: an answer that is too old may have been renewed under its key, in the same group.
  await deleteExpiredKeys(em, purged.idempotencyKeys, now);
  await writeStoredResponses(em, unitOfWork.newResponses, now);
}

/**
 * Writes the end of the log, and the counters: what all writers share, and therefore last.
 * @param generateEventId makes a UUIDv7
 */
export async function appendToLog(
  em: EntityManager,
  dialect: Dialect,
  unitOfWork: UnitOfWork,
  generateEventId: () => string,
): Promise<void> {
  const deltas = computeCounterDeltas(unitOfWork, dialect);
  if (deltas.length + unitOfWork.events.length === 0) return;
  await dialect.lockLog(em);
  await writeCounters(em, deltas);
  await appendEvents(em, unitOfWork.events, generateEventId);
}

type Delta = readonly [name: CounterName, delta: number];

function computeCounterDeltas({ orders, runs, webhooks, deliveries }: UnitOfWork, { storesLastIds }: Dialect): Delta[] {
  const deltas = new Map<CounterName, number>();
  const add = (name: CounterName, delta: number) => deltas.set(name, (deltas.get(name) ?? 0) + delta);
  for (const order of orders.changed.values()) {
    const former = orders.before.get(order.id);
    if (former) add(`orders.${former.status}`, -1);
    add(`orders.${order.status}`, 1);
  }
  for (const run of runs.changed.values()) {
    const former = runs.before.get(run.id);
    add('runs.open', Number(isOpen(run)) - Number(former !== undefined && isOpen(former)));
  }
  if (storesLastIds) add(idCounters.webhook, webhooks.added);
  if (storesLastIds) add(idCounters.delivery, deliveries.added);
  return [...deltas].filter(([, delta]) => delta !== 0);
}

/** In one statement: on PostgreSQL all other writers wait meanwhile. */
async function writeCounters(em: EntityManager, deltas: readonly Delta[]): Promise<void> {
  if (deltas.length === 0) return;
  const cases = deltas.map(([name, delta]) => sql`when ${name} then cast(${delta} as bigint)`);
  await em
    .getKysely<Tables>()
    .updateTable('counters')
    .set({ value: sql<number>`value + case name ${sql.join(cases, sql` `)} end` })
    .where(
      'name',
      'in',
      deltas.map(([name]) => name),
    )
    .execute();
}
