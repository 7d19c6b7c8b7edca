// Queries of the dispatcher: which webhooks are due, and when the next one will be. Times are milliseconds since the
// epoch.

import { type Expression, type SqlBool, sql } from 'kysely';
import type { DeliveryState } from '../../domain/webhook.ts';
import { clockToleranceMs, maxFailingMs } from '../../domain/webhook.ts';
import type { Dialect } from '../dialect.ts';
import { type DeliveryRow, deliveryMapping } from '../mapping/delivery.ts';
import type { WebhookRow } from '../mapping/webhook.ts';
import { preparedRead } from '../reads/prepared-read.ts';
import type { Store } from '../store.ts';

type DueValues = { now: number; leaseAhead: number; pauseAhead: number };

/** A literal, because a parameter would keep the database from using the partial index. */
const isPendingRequest = sql<SqlBool>`webhook_deliveries.state = 'pending' and webhook_deliveries.kind <> 'event'`;

const hasRequestedDelivery: Expression<SqlBool> = sql`exists (
  select 1 from webhook_deliveries where webhook_deliveries.webhook_id = webhooks.id and ${isPendingRequest})`;

/**
 * Compares positions with the latest event of an order, or of each event type, which an index provides. A search for
 * events beyond the position would scan the whole log if there are none.
 */
const hasEvent = ({ selectJsonTexts }: Dialect): Expression<SqlBool> => sql`case when webhooks.types is null
  then (select max(events.position) from events where events.order_id is not null) > webhooks.position
  else exists (select 1 from ${selectJsonTexts(sql.ref('webhooks.types'))} as type
    where (select max(events.position) from events where events.type = type.value) > webhooks.position)
  end`;

/** A stored time beyond the longest pause was written before the clock was set back, and counts as past. */
const dueWebhooks = preparedRead<Pick<WebhookRow, 'id'>, DueValues>((reader, parameter, _, dialect) =>
  reader
    .selectFrom('webhooks')
    .select('id')
    .where(({ or, eb }) =>
      or([
        eb('leased_until_ms', 'is', null),
        eb('leased_until_ms', '<=', parameter('now')),
        eb('leased_until_ms', '>', parameter('leaseAhead')),
      ]),
    )
    .where(({ or, and, eb }) => {
      const isTime = or([eb('due_at_ms', '<=', parameter('now')), eb('due_at_ms', '>', parameter('pauseAhead'))]);
      return or([hasRequestedDelivery, and([eb('pause_reason', 'is', null), isTime, hasEvent(dialect)])]);
    }),
);

/** Finds webhooks that have something to send and are not leased. */
export async function findDueWebhooks(store: Store, now: number, leaseMs: number): Promise<number[]> {
  const rows = await dueWebhooks(store, {
    now,
    leaseAhead: now + leaseMs + clockToleranceMs,
    pauseAhead: now + maxFailingMs,
  });
  return rows.map(({ id }) => id);
}

type ScheduleRow = { first: number | null; due: number | null; leased: number | null };

const schedule = preparedRead<ScheduleRow, { now: number }>((reader, parameter) =>
  reader.selectNoFrom(({ selectFrom }) => [
    selectFrom('webhooks').select('id').limit(1).as('first'),
    selectFrom('webhooks')
      .select(({ fn }) => fn.min('due_at_ms').as('at'))
      .where('pause_reason', 'is', null)
      .where('due_at_ms', '>', parameter('now'))
      .as('due'),
    selectFrom('webhooks')
      .select(({ fn }) => fn.min('leased_until_ms').as('at'))
      .where('leased_until_ms', '>', parameter('now'))
      .as('leased'),
  ]),
);

/** `nextDueAtMs`: when the next attempt is due or the next lease expires; undefined if neither is scheduled. */
export type WebhookSchedule = { hasWebhooks: boolean; nextDueAtMs: number | undefined };

export async function readWebhookSchedule(store: Store, now: number): Promise<WebhookSchedule> {
  const [row] = await schedule(store, { now });
  const times = [row?.due, row?.leased].filter((at) => at != null);
  return { hasWebhooks: row?.first != null, nextDueAtMs: times.length === 0 ? undefined : Math.min(...times) };
}

const leasedWebhooks = preparedRead<Pick<WebhookRow, 'id' | 'fence'>, object>((reader) =>
  reader.selectFrom('webhooks').select(['id', 'fence']).where('leased_until_ms', 'is not', null),
);

/**
 * Finds the leases that a previous process left behind, before the first lease is taken. On a shared database a lease
 * may belong to another live node, so abandoned leases are left to expire.
 */
export async function findAbandonedLeases(store: Store): Promise<{ webhookId: number; fence: number }[]> {
  if (store.dialect.isShared) return [];
  const rows = await leasedWebhooks(store, {});
  return rows.map(({ id, fence }) => ({ webhookId: id, fence }));
}

const requestedDeliveries = preparedRead<DeliveryRow, { webhookId: number }>((reader, parameter) =>
  reader
    .selectFrom('webhook_deliveries')
    .selectAll()
    .where('webhook_id', '=', parameter('webhookId'))
    .where(isPendingRequest)
    .orderBy('id')
    .limit(100),
);

/** Finds requested deliveries (tests and redeliveries) of a webhook, oldest first, up to 100. */
export async function findRequestedDeliveries(store: Store, webhookId: number): Promise<DeliveryState[]> {
  const rows = await requestedDeliveries(store, { webhookId });
  return rows.map(deliveryMapping.toRecord);
}
