// Which webhooks somebody should send to, and when to look again. Times are milliseconds since the epoch.

import { type Expression, type SqlBool, sql } from 'kysely';
import type { DeliveryState } from '../../domain/webhook.ts';
import { clockToleranceMs, maxFailingMs } from '../../domain/webhook.ts';
import type { Dialect } from '../dialect.ts';
import { type DeliveryRow, deliveryMapping } from '../mapping/delivery.ts';
import type { WebhookRow } from '../mapping/webhook.ts';
import { preparedRead } from '../prepared-read.ts';
import type { Store } from '../store.ts';

type DueValues = { now: number; leaseAhead: number; pauseAhead: number };

/** Literally, since a parameter would not find the index of what is pending. */
const isPendingOutOfTurn = sql<SqlBool>`webhook_deliveries.state = 'pending' and webhook_deliveries.kind <> 'event'`;

const hasOutOfTurn: Expression<SqlBool> = sql`exists (
  select 1 from webhook_deliveries where webhook_deliveries.webhook_id = webhooks.id and ${isPendingOutOfTurn})`;

/**
 * By the end of the log, or of each type, which an index has at hand: whether there is anything beyond a position would
 * be looked for along the whole log, where there is nothing.
 */
const hasEvent = ({ selectJsonTexts }: Dialect): Expression<SqlBool> => sql`case when webhooks.types is null
  then (select max(events.position) from events) > webhooks.position
  else exists (select 1 from ${selectJsonTexts(sql.ref('webhooks.types'))} as type
    where (select max(events.position) from events where events.type = type.value) > webhooks.position)
  end`;

/** A clock that was set back leaves times behind that are further ahead than any can be: they have passed, too. */
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
      return or([hasOutOfTurn, and([eb('pause_reason', 'is', null), isTime, hasEvent(dialect)])]);
    }),
);

/** The webhooks to which something can be sent now, and which nobody has claimed. */
export async function findDueWebhooks(store: Store, now: number, leaseMs: number): Promise<number[]> {
  const rows = await dueWebhooks(store, {
    now,
    leaseAhead: now + leaseMs + clockToleranceMs,
    pauseAhead: now + maxFailingMs,
  });
  return rows.map(({ id }) => id);
}

const nextTimes = preparedRead<{ due: number | null; leased: number | null }, { now: number }>((reader, parameter) =>
  reader.selectNoFrom(({ selectFrom }) => [
    selectFrom('webhooks')
      .select(({ fn }) => fn.min('due_at_ms').as('at'))
      .where('pause_reason', 'is', null)
      .where('due_at_ms', '>', parameter('now'))
      .as('due'),
    selectFrom('webhooks')
      .select(({ fn }) => fn.min('leased_until_ms').as('at'))
      .as('leased'),
  ]),
);

/** When the next attempt is due, or a lease runs out; undefined where nothing is planned. */
export async function findNextDueAtMs(store: Store, now: number): Promise<number | undefined> {
  const [next] = await nextTimes(store, { now });
  const times = [next?.due, next?.leased].filter((at) => at != null);
  return times.length === 0 ? undefined : Math.min(...times);
}

const leasedWebhooks = preparedRead<Pick<WebhookRow, 'id' | 'fence'>, object>((reader) =>
  reader.selectFrom('webhooks').select(['id', 'fence']).where('leased_until_ms', 'is not', null),
);

/**
 * The claims that a process which no longer lives has left behind. For the start, before the first claim. Where there
 * are several nodes, a claim may be another's who lives: one that was left behind runs out.
 */
export async function findAbandonedLeases(store: Store): Promise<{ webhookId: number; fence: number }[]> {
  if (store.dialect.isShared) return [];
  const rows = await leasedWebhooks(store, {});
  return rows.map(({ id, fence }) => ({ webhookId: id, fence }));
}

const outOfTurn = preparedRead<DeliveryRow, { webhookId: number }>((reader, parameter) =>
  reader
    .selectFrom('webhook_deliveries')
    .selectAll()
    .where('webhook_id', '=', parameter('webhookId'))
    .where(isPendingOutOfTurn)
    .orderBy('id')
    .limit(100),
);

/** What is to be sent to a webhook out of turn, oldest first: some of it. */
export async function findRequestedDeliveries(store: Store, webhookId: number): Promise<DeliveryState[]> {
  const rows = await outOfTurn(store, { webhookId });
  return rows.map(deliveryMapping.toRecord);
}
