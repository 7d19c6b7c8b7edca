// Writes the changes of a group of commands within its transaction.

import type { EntityManager } from '@mikro-orm/sql';
import { buildUpdate, writeRows } from '../database/bulk/statements.ts';
import type { Dialect } from '../database/dialect.ts';
import { type CounterName, idCounters } from '../database/tables.ts';
import { appendEvents } from '../database/writes/events.ts';
import { deleteExpiredKeys, writeStoredResponses } from '../database/writes/idempotency-keys.ts';
import { persistOrdersAndRuns } from '../database/writes/orders.ts';
import { purgeDeliveries, writeDeliveries, writeWebhooks } from '../database/writes/webhooks.ts';
import { isOpen } from '../domain/run.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** Writes all changes except events and counters. */
export async function writeChanges(em: EntityManager, dialect: Dialect, unitOfWork: UnitOfWork): Promise<void> {
  const { orders, runs, webhooks, deliveries, purged, now } = unitOfWork;
  persistOrdersAndRuns(em, orders, runs);
  await em.flush();
  // Before the webhooks: deleting a webhook also deletes its pending deliveries.
  await writeDeliveries(em, deliveries);
  await writeWebhooks(em, webhooks);
  await purgeDeliveries(em, purged.deliveries);
  // Before the new responses: one of them may replace an expired response under the same key.
  await deleteExpiredKeys(em, purged.idempotencyKeys);
  await writeStoredResponses(em, dialect, unitOfWork.newResponses, now);
}

/**
 * Appends the events and updates the counters. All writers share these rows, so they are written last.
 * @param generateEventId returns a UUIDv7
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
  await writeRows(em.getKysely(), dialect.bulk, addToCountersStatement, deltas);
  await appendEvents(em, dialect, unitOfWork.events, generateEventId);
}

type Delta = readonly [name: CounterName, delta: number];

/** One statement, because on PostgreSQL all other writers wait for the log lock. */
const addToCountersStatement = buildUpdate(
  'counters',
  [
    { name: 'name', kind: 'text' },
    { name: 'value', kind: 'integer' },
  ],
  { isSum: true },
);

function computeCounterDeltas({ orders, runs, webhooks, deliveries }: UnitOfWork, { storesLastIds }: Dialect): Delta[] {
  const deltas = new Map<CounterName, number>();
  const add = (name: CounterName, delta: number) => deltas.set(name, (deltas.get(name) ?? 0) + delta);
  for (const order of orders.changed.values()) {
    const previous = orders.before.get(order.id);
    if (previous) add(`orders.${previous.status}`, -1);
    add(`orders.${order.status}`, 1);
  }
  for (const run of runs.changed.values()) {
    const previous = runs.before.get(run.id);
    add('runs.open', Number(isOpen(run)) - Number(previous !== undefined && isOpen(previous)));
  }
  if (storesLastIds) add(idCounters.webhook, webhooks.added);
  if (storesLastIds) add(idCounters.delivery, deliveries.added);
  return [...deltas].filter(([, delta]) => delta !== 0);
}
