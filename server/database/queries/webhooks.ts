// Reads of webhooks and their deliveries.

import { sql } from 'kysely';
import type { DeliveryState, WebhookState } from '../../domain/webhook.ts';
import { type DeliveryRow, deliveryMapping } from '../mapping/delivery.ts';
import { type WebhookRow, webhookMapping } from '../mapping/webhook.ts';
import { preparedPartRead, preparedRead } from '../reads/prepared-read.ts';
import { mapPart, type Part, type Slice } from '../reads/slice.ts';
import type { Store } from '../store.ts';

const webhookById = preparedRead<WebhookRow, { webhookId: number }>((reader, parameter) =>
  reader.selectFrom('webhooks').selectAll().where('id', '=', parameter('webhookId')),
);

export async function findWebhook(store: Store, webhookId: number): Promise<WebhookState | undefined> {
  const [row] = await webhookById(store, { webhookId });
  return row && webhookMapping.toRecord(row);
}

const webhooksBefore = preparedPartRead<WebhookRow, { before: number; limit: number; offset: number }>(
  (reader, parameter) =>
    reader
      .selectFrom('webhooks')
      .selectAll()
      .where('id', '<', parameter('before'))
      .orderBy('id', 'desc')
      .limit(parameter('limit'))
      .offset(parameter('offset')),
);

/** Finds webhooks, newest first. */
export async function findWebhooks(
  store: Store,
  { after = Number.MAX_SAFE_INTEGER, offset, limit, maxBytes }: Slice,
): Promise<Part<WebhookState>> {
  const part = await webhooksBefore(store, { before: after, offset, limit }, undefined, maxBytes);
  return mapPart(part, webhookMapping.toRecord);
}

const deliveryById = preparedRead<DeliveryRow, { webhookId: number; deliveryId: number }>((reader, parameter) =>
  reader
    .selectFrom('webhook_deliveries')
    .selectAll()
    .where('id', '=', parameter('deliveryId'))
    .where('webhook_id', '=', parameter('webhookId')),
);

export async function findDelivery(
  store: Store,
  webhookId: number,
  deliveryId: number,
): Promise<DeliveryState | undefined> {
  const [row] = await deliveryById(store, { webhookId, deliveryId });
  return row && deliveryMapping.toRecord(row);
}

type DeliveriesValues = { webhookId: number; states: string; before: number; limit: number; offset: number };

/**
 * Most deliveries have the state `delivered`. The others have a partial index, which is used only if the condition is a
 * literal.
 */
const deliveriesOfWebhook = preparedPartRead<DeliveryRow, DeliveriesValues, { isDeliveredWanted: boolean }>(
  (reader, parameter, { isDeliveredWanted }, { selectJsonTexts }) => {
    const deliveries = reader
      .selectFrom('webhook_deliveries')
      .selectAll()
      .where('webhook_id', '=', parameter('webhookId'))
      .where('id', '<', parameter('before'))
      .where(sql<boolean>`state in (select value from ${selectJsonTexts(sql`${parameter('states')}`)})`)
      .orderBy('id', 'desc')
      .limit(parameter('limit'))
      .offset(parameter('offset'));
    return isDeliveredWanted ? deliveries : deliveries.where(sql<boolean>`state <> 'delivered'`);
  },
  { dependsOnValues: () => true },
);

/** Finds the deliveries of a webhook, newest first. */
export async function findDeliveries(
  store: Store,
  webhookId: number,
  states: readonly DeliveryState['state'][],
  { after = Number.MAX_SAFE_INTEGER, offset, limit, maxBytes }: Slice,
): Promise<Part<DeliveryState>> {
  const values = { webhookId, states: JSON.stringify(states), before: after, offset, limit };
  const shape = { isDeliveredWanted: states.includes('delivered') };
  const part = await deliveriesOfWebhook(store, values, shape, maxBytes);
  return mapPart(part, deliveryMapping.toRecord);
}
