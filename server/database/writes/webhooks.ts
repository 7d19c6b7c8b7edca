// Loads, writes and deletes webhooks and their deliveries.

import type { EntityManager } from '@mikro-orm/sql';
import { type OnConflictBuilder, sql } from 'kysely';
import { type ChangedRows, purgeBatchSize } from '../../domain/state.ts';
import type { DeliveryState, WebhookState } from '../../domain/webhook.ts';
import type { Dialect } from '../dialect.ts';
import { deliveryMapping } from '../mapping/delivery.ts';
import { webhookMapping } from '../mapping/webhook.ts';
import type { Tables } from '../tables.ts';

/** How long finished deliveries are kept, in milliseconds. */
const deliveryRetentionMs = 30 * 24 * 3_600_000;

/** A literal, because a parameter would keep the database from using the partial index. */
const isPending = sql<boolean>`state = 'pending'`;

/**
 * On a shared database the webhooks are locked in the order of their ids; the lock of a webhook also protects its
 * deliveries.
 */
export async function loadWebhooks(
  em: EntityManager,
  { isShared }: Dialect,
  ids: ReadonlySet<number>,
): Promise<WebhookState[]> {
  if (ids.size === 0) return [];
  const kysely = em.getKysely<Tables>();
  const query = kysely
    .selectFrom('webhooks')
    .selectAll()
    .where('id', 'in', [...ids]);
  const rows = await (isShared ? query.orderBy('id').forUpdate() : query).execute();
  return rows.map(webhookMapping.toRecord);
}

export async function loadDeliveries(em: EntityManager, ids: ReadonlySet<number>): Promise<DeliveryState[]> {
  if (ids.size === 0) return [];
  const kysely = em.getKysely<Tables>();
  const rows = await kysely
    .selectFrom('webhook_deliveries')
    .selectAll()
    .where('id', 'in', [...ids])
    .execute();
  return rows.map(deliveryMapping.toRecord);
}

/** Loads the ids of the oldest deliveries that finished more than 30 days ago. Pending deliveries never expire. */
export async function loadExpiredDeliveries(em: EntityManager, now: string): Promise<number[]> {
  const rows = await em
    .getKysely<Tables>()
    .selectFrom('webhook_deliveries')
    .select('id')
    .where('finished_at', '<=', new Date(Date.parse(now) - deliveryRetentionMs).toISOString())
    .orderBy('finished_at')
    .limit(purgeBatchSize)
    .execute();
  return rows.map(({ id }) => id);
}

export async function writeWebhooks(em: EntityManager, { changed, removed }: ChangedRows<WebhookState>): Promise<void> {
  const kysely = em.getKysely<Tables>();
  if (removed.size > 0) await deleteWebhooks(em, [...removed]);
  if (changed.size === 0) return;
  const rows = [...changed.values()].map(webhookMapping.toRow);
  await kysely.insertInto('webhooks').values(rows).onConflict(replaceRow(rows)).execute();
}

/** Also deletes pending deliveries. Finished ones stay until they expire. */
async function deleteWebhooks(em: EntityManager, ids: number[]): Promise<void> {
  const kysely = em.getKysely<Tables>();
  await kysely.deleteFrom('webhooks').where('id', 'in', ids).execute();
  await kysely.deleteFrom('webhook_deliveries').where('webhook_id', 'in', ids).where(isPending).execute();
}

export async function writeDeliveries(em: EntityManager, { changed }: ChangedRows<DeliveryState>): Promise<void> {
  if (changed.size === 0) return;
  const rows = [...changed.values()].map(deliveryMapping.toRow);
  const kysely = em.getKysely<Tables>();
  await kysely.insertInto('webhook_deliveries').values(rows).onConflict(replaceRow(rows)).execute();
}

/** Replaces all values of an existing row. */
function replaceRow<Table extends 'webhooks' | 'webhook_deliveries'>([row = {}]: readonly object[]) {
  const values = Object.fromEntries(Object.keys(row).map((name) => [name, sql.ref(`excluded.${name}`)]));
  return (conflict: OnConflictBuilder<Tables, Table>) => conflict.column('id').doUpdateSet(values as never);
}

export async function purgeDeliveries(em: EntityManager, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await em.getKysely<Tables>().deleteFrom('webhook_deliveries').where('id', 'in', ids).execute();
}
