// A database with data of every kind, its transfer to another database, and the responses to compare on both.

import type { Client } from '../../../client/index.ts';
import { exportDatabase } from '../../../server/database/transfer/export.ts';
import { importDatabase } from '../../../server/database/transfer/import.ts';
import { buildOrder, failingItems, validateOrder } from '../http/orders.ts';
import { startTestApp, type TestApp } from '../service/app.ts';
import { hangingPolicy, manyItems } from '../service/hanging-policy.ts';
import { waitUntil } from '../wait-until.ts';
import { localTargets, type Receiver } from '../webhooks/receiver.ts';
import { openTestStore } from './store.ts';
import { silentOptions } from './transfer-file.ts';

const noFreeItems = {
  id: 'no-zero-prices',
  description: 'Nothing is given away.',
  expression: 'order.items.all(item, item.unitPrice > 0)',
  message: 'Every item must have a "price" \u2013 in full.',
};

/** Rules that hang on an order with `manyItems`, and fail an order with a price of zero. */
const policy = JSON.stringify({ rules: [...JSON.parse(hangingPolicy).rules, noFreeItems] });

const maxTotal = [
  { productId: 'x', quantity: 9_007, unitPrice: 1_000_000_000_000 },
  { productId: 'y', quantity: 1, unitPrice: 199_254_740_991 },
];

const unusualText = 'emoji 🫖, lines\n\r\u2028, "quotes" \\ and \u0001\u007f';

/** A request with an idempotency key, to be repeated after the transfer. */
export const idempotentRequest = {
  method: 'POST',
  headers: { 'content-type': 'application/json', 'idempotency-key': 'key-1' },
  body: JSON.stringify(buildOrder({ note: unusualText })),
};

/** Starts a service on a database. Its validations of orders with `manyItems` do not end. */
export function startTransferApp(databaseUrl: string): Promise<TestApp> {
  return startTestApp({ databaseUrl, policy, validationThreads: 1, validationTimeoutMs: 60_000, ...localTargets });
}

/**
 * Creates orders in every status, stored responses, webhooks and deliveries. The validations of orders 6 and 7 are
 * open. Webhook 1 is up to date, 2 is paused after a failed attempt, 3 is deleted.
 */
export async function createScenario({ client, request }: TestApp, good: Receiver, failing: Receiver): Promise<void> {
  const { orders, webhooks } = client;
  await webhooks.create({ url: good.url, types: ['order.approved', 'order.rejected'], description: unusualText });
  await webhooks.create({ url: failing.url });
  await webhooks.create({ url: good.url });
  await webhooks.delete({ webhookId: 3 });
  await request('/orders', idempotentRequest);
  await orders.create(
    buildOrder({ reference: 'PO-2', metadata: { zz: '1', b: '2', a: unusualText }, items: maxTotal }),
  );
  await orders.edit({ orderId: 2, note: 'x'.repeat(2_000), metadata: { longer: '1', b: '', a: '2' } });
  for (const items of [maxTotal, failingItems])
    await validateOrder(client, (await orders.create(buildOrder({ items }))).id);
  await orders.approve({ orderId: 3, note: unusualText });
  await orders.create(buildOrder());
  await orders.reject({ orderId: 5, reason: unusualText });
  await pauseFailing(client, good, failing);
  for (const orderId of [6, 7]) {
    await orders.create(buildOrder({ items: manyItems }));
    await orders.validate({ orderId });
  }
  await waitUntil(
    () => orders.validations({ orderId: 6 }),
    ({ data }) => data[0]?.state === 'running',
  );
}

async function pauseFailing({ webhooks }: Client, good: Receiver, failing: Receiver): Promise<void> {
  await webhooks.test({ webhookId: 1 });
  await good.waitUntilReceived(4);
  await failing.waitUntilReceived(1);
  await waitUntil(
    () => Promise.all([webhooks.deliveries({ webhookId: 1 }), webhooks.deliveries({ webhookId: 2 })]),
    ([{ data: delivered }, { data: failed }]) => delivered.length === 4 && failed.length === 1,
  );
  await webhooks.pause({ webhookId: 2 });
}

const comparedPaths = [
  ...['/orders?limit=100&withTotal=true', '/orders?status=REJECTED', '/orders?reference=PO-2', '/events?limit=100'],
  ...['/events?after=5', '/events?type=webhook.created,webhook.paused,webhook.deleted&limit=100', '/webhooks'],
  ...[1, 2, 3, 4, 5, 6, 7].flatMap((id) => [`/orders/${id}`, `/orders/${id}/events`]),
  ...[3, 4].map((id) => `/orders/${id}/validations`),
];

/** Reads all data that does not change by itself, most of it as text for a comparison byte by byte. */
export async function readAllResponses({ client, request }: TestApp): Promise<unknown> {
  const texts = comparedPaths.map(async (path) => {
    const response = await request(path);
    return [path, response.status, response.headers.get('etag'), await response.text()];
  });
  const deliveries = [1, 2].map((webhookId) => client.webhooks.deliveries({ webhookId }));
  const { oldestWaitingMs: _, ...stats } = await client.stats.get();
  return [await Promise.all(texts), await Promise.all(deliveries), stats];
}

/** Exports a database to the file `path` and imports the file into another database. */
export async function transferDatabase(from: string, to: string, path: string): Promise<void> {
  {
    await using source = await openTestStore(from);
    await exportDatabase(path, source, silentOptions);
  }
  await importInto(path, to);
}

/** Imports the file `path` into a database. */
export async function importInto(path: string, to: string): Promise<void> {
  await using target = await openTestStore(to);
  await importDatabase(path, target, silentOptions);
}
