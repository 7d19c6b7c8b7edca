// A service that has been used for all that it keeps, its database carried to another, and what both answer.

import type { Client } from '../../client/index.ts';
import { exportDatabase } from '../../server/database/transfer/export.ts';
import { importDatabase } from '../../server/database/transfer/import.ts';
import { startTestApp, type TestApp } from './app.ts';
import { hangingPolicy, manyItems } from './hanging-policy.ts';
import { buildOrder, failingItems, validateOrder } from './orders.ts';
import { localTargets, type Receiver } from './receiver.ts';
import { openTestStore } from './store.ts';
import { silentOptions } from './transfer-file.ts';
import { waitUntil } from './wait-until.ts';

const noFreeItems = {
  id: 'no-zero-prices',
  description: 'Nothing is given away.',
  expression: 'order.items.all(item, item.unitPrice > 0)',
  message: 'Every item must have a "price" \u2013 in full.',
};

/** Rules under which an order with many items is never done, and one that gives something away is refused. */
const policy = JSON.stringify({ rules: [...JSON.parse(hangingPolicy).rules, noFreeItems] });

const maxTotal = [
  { productId: 'x', quantity: 9_007, unitPrice: 1_000_000_000_000 },
  { productId: 'y', quantity: 1, unitPrice: 199_254_740_991 },
];

const odd = 'emoji 🫖, lines\n\r\u2028, "quotes" \\ and \u0001\u007f';

/** The request that is sent again after the move. */
export const idempotentRequest = {
  method: 'POST',
  headers: { 'content-type': 'application/json', 'idempotency-key': 'key-1' },
  body: JSON.stringify(buildOrder({ note: odd })),
};

/** Starts a service on a database, whose validations of orders with many items never end. */
export function startTransferApp(databaseUrl: string): Promise<TestApp> {
  return startTestApp({ databaseUrl, policy, validationThreads: 1, validationTimeoutMs: 60_000, ...localTargets });
}

/**
 * Makes orders of every kind, answers, webhooks and deliveries; last, orders 6 and 7, whose validations are open.
 * Webhook 1 waits for events to come, 2 is paused after a failure, 3 is deleted.
 */
export async function createScenario({ client, request }: TestApp, good: Receiver, failing: Receiver): Promise<void> {
  const { orders, webhooks } = client;
  await webhooks.create({ url: good.url, types: ['order.approved', 'order.rejected'], description: odd });
  await webhooks.create({ url: failing.url });
  await webhooks.create({ url: good.url });
  await webhooks.delete({ webhookId: 3 });
  await request('/orders', idempotentRequest);
  await orders.create(buildOrder({ reference: 'PO-2', metadata: { zz: '1', b: '2', a: odd }, items: maxTotal }));
  await orders.edit({ orderId: 2, note: 'x'.repeat(2_000), metadata: { longer: '1', b: '', a: '2' } });
  for (const items of [maxTotal, failingItems])
    await validateOrder(client, (await orders.create(buildOrder({ items }))).id);
  await orders.approve({ orderId: 3, note: odd });
  await orders.create(buildOrder());
  await orders.reject({ orderId: 5, reason: odd });
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

const sameBytes = [
  ...['/orders?limit=100&withTotal=true', '/orders?status=REJECTED', '/orders?reference=PO-2', '/events?limit=100'],
  ...['/events?after=5', '/webhooks'],
  ...[1, 2, 3, 4, 5, 6, 7].flatMap((id) => [`/orders/${id}`, `/orders/${id}/events`]),
  ...[3, 4].map((id) => `/orders/${id}/validations`),
];

/** What a service answers about all that does not move: as text where it has to be the same to the byte. */
export async function readAllResponses({ client, request }: TestApp): Promise<unknown> {
  const texts = sameBytes.map(async (path) => {
    const response = await request(path);
    return [path, response.status, response.headers.get('etag'), await response.text()];
  });
  const deliveries = [1, 2].map((webhookId) => client.webhooks.deliveries({ webhookId }));
  const { oldestWaitingMs: _, ...stats } = await client.stats.get();
  return [await Promise.all(texts), await Promise.all(deliveries), stats];
}

/** Carries what a database has to another one, by a file at `path`. */
export async function transferDatabase(from: string, to: string, path: string): Promise<void> {
  {
    await using source = await openTestStore(from);
    await exportDatabase(path, source, silentOptions);
  }
  await importInto(path, to);
}

/** Fills a database from the file at `path`. */
export async function importInto(path: string, to: string): Promise<void> {
  await using target = await openTestStore(to);
  await importDatabase(path, target, silentOptions);
}
