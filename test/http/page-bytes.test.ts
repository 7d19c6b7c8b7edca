// Pages are limited in bytes as well as in entries: a page of large entries ends at about 1 MiB, and the pages of a
// list still contain every entry once.

import { describe, expect, test } from 'vitest';
import { maxPartBytes } from '../../server/database/reads/slice.ts';
import type { Tables } from '../../server/database/tables.ts';
import { findStreamLogLines, openStream } from '../kit/events/event-stream.ts';
import { listNumbers } from '../kit/events/events.ts';
import { buildLargeOrder } from '../kit/http/orders.ts';
import { startTestApp, type TestApp } from '../kit/service/app.ts';

/** A page is somewhat longer than the texts of its rows: member names, and escaped characters of short texts. */
const maxPageBytes = 1.3 * maxPartBytes;

type AnyPage = { data: { id: number | string }[]; page: { nextCursor?: string | null; nextAfter?: number } };

/** Starts a service whose callers are the addresses in `X-Forwarded-For`. */
function startProxiedApp(): Promise<TestApp> {
  return startTestApp({ trustedProxies: 1 });
}

let callerCount = 0;

/** The pages of a caller that receives many bytes are smaller, and so each page is read by another caller. */
function chooseCaller(): string {
  callerCount += 1;
  return `10.0.${callerCount >> 8}.${callerCount & 255}`;
}

/** Reads all pages of a list by its cursor; returns the ids, and the bytes of each page. */
async function readPages(
  app: TestApp,
  path: string,
  toCaller = chooseCaller,
): Promise<{ ids: unknown[]; bytes: number[] }> {
  const ids: unknown[] = [];
  const bytes: number[] = [];
  for (let next: string | undefined = ''; next !== undefined; ) {
    const text = await (await app.request(`${path}${next}`, { headers: { 'x-forwarded-for': toCaller() } })).text();
    const { data, page }: AnyPage = JSON.parse(text);
    ids.push(...data.map(({ id }) => id));
    bytes.push(Buffer.byteLength(text));
    if (page.nextAfter !== undefined) next = data.length > 0 ? `&after=${page.nextAfter}` : undefined;
    else next = page.nextCursor ? `&cursor=${page.nextCursor}` : undefined;
  }
  return { ids, bytes };
}

/** Creates an order and edits it, so that it has `count` large events. */
async function createLargeEvents({ client }: TestApp, count: number): Promise<void> {
  const { id: orderId } = await client.orders.create(buildLargeOrder());
  for (let edit = 1; edit < count; edit += 1) {
    const { items, metadata = {} } = buildLargeOrder();
    const [[replaced = ''] = []] = Object.entries(metadata ?? {});
    await client.orders.edit({
      orderId,
      items: [...items].slice(edit % 2),
      metadata: { ...metadata, [replaced]: `${edit}` },
    });
  }
}

async function insertRows<Name extends 'webhook_deliveries' | 'validation_runs'>(
  app: TestApp,
  table: Name,
  createRow: (id: number) => object,
): Promise<void> {
  const rows = listNumbers(1, 40).map(createRow);
  await app.service.store.transaction(async (em) => {
    for (const row of rows)
      await em
        .getKysely<Tables>()
        .insertInto(table)
        .values(row as never)
        .execute();
  });
}

const time = '2026-01-01T00:00:00.000Z';
const longText = 'x'.repeat(100_000);

describe('a page of large entries', () => {
  test('pages of events end at about 1 MiB, in the feed and in the history of an order', async () => {
    await using app = await startProxiedApp();
    const count = 24;
    await createLargeEvents(app, count);
    const feed = await readPages(app, '/events?limit=100');
    expect(new Set(feed.ids).size).toBe(count);
    expect(feed.ids).toHaveLength(count);
    // The last page of the feed is empty.
    expect(feed.bytes.length).toBeGreaterThan(2);
    expect(Math.max(...feed.bytes)).toBeLessThan(maxPageBytes);
    expect(Math.max(...feed.bytes)).toBeGreaterThan(maxPartBytes / 2);
    const filtered = await readPages(app, '/events?limit=100&type=order.created,order.updated');
    expect(filtered).toEqual(feed);
    const history = await readPages(app, '/orders/1/events?limit=100');
    expect(history.ids).toEqual(feed.ids);
    expect(Math.max(...history.bytes)).toBeLessThan(maxPageBytes);
  });

  test('pages of orders end at about 1 MiB, in both directions', async () => {
    await using app = await startProxiedApp();
    for (let count = 1; count <= 30; count += 1) await app.client.orders.create(buildLargeOrder());
    const ascending = await readPages(app, '/orders?limit=100&sort=id');
    expect(ascending.ids).toEqual(listNumbers(1, 30));
    expect(ascending.bytes.length).toBeGreaterThan(1);
    expect(Math.max(...ascending.bytes)).toBeLessThan(maxPageBytes);
    const descending = await readPages(app, '/orders?limit=100&status=CREATED');
    expect(descending.ids).toEqual(listNumbers(1, 30).reverse());
    expect(Math.max(...descending.bytes)).toBeLessThan(maxPageBytes);
  });

  test('pages of validations and of deliveries end at about 1 MiB', async () => {
    await using app = await startProxiedApp();
    await app.client.orders.create(buildLargeOrder());
    const { id: webhook_id } = await app.client.webhooks.create({ url: 'https://example.com/' });
    const attempt = { at: time, durationMs: 1, statusCode: null, error: longText };
    await insertRows(app, 'webhook_deliveries', (id) => ({
      ...{ id, webhook_id, kind: 'test', state: 'failed', event_id: `e${id}`, event_type: 'webhook.test' },
      ...{ attempts: JSON.stringify([attempt]), created_at: time, finished_at: time },
    }));
    await insertRows(app, 'validation_runs', (id) => ({
      ...{ id, order_id: 1, order_version: 1, state: 'failed', attempt: 1, max_attempts: 5, policy_version: 'p' },
      ...{ findings: JSON.stringify([{ rule: 'r', message: longText }]), error: null, fence: 1 },
      ...{ created_at: time, started_at: time, finished_at: time },
    }));
    for (const path of [`/webhooks/${webhook_id}/deliveries?limit=100`, '/orders/1/validations?limit=100']) {
      const { ids, bytes } = await readPages(app, path);
      expect(ids).toEqual(listNumbers(1, 40).reverse());
      expect(bytes.length, path).toBe(4);
      expect(Math.max(...bytes)).toBeLessThan(maxPageBytes);
    }
  });

  test('pages of a caller that receives many bytes end at 256 KiB, and contain every entry once', async () => {
    await using app = await startProxiedApp();
    for (let count = 1; count <= 30; count += 1) await app.client.orders.create(buildLargeOrder());
    const path = '/orders?limit=100&sort=id';
    const headers = { 'x-forwarded-for': '10.1.0.1' };
    await Promise.all(listNumbers(1, 12).map(async () => (await app.request(path, { headers })).arrayBuffer()));
    const { ids, bytes } = await readPages(app, path, () => headers['x-forwarded-for']);
    expect(ids).toEqual(listNumbers(1, 30));
    expect(bytes[0]).toBeLessThan(350_000);
  });

  test('a stream sends all past events, however large, without an end', async () => {
    await using app = await startTestApp();
    await createLargeEvents(app, 12);
    await using stream = await openStream(app, '?after=0');
    expect(await stream.readPositions(12)).toEqual(listNumbers(1, 12));
    expect(findStreamLogLines(app)).toEqual([]);
  });

  test('a single row that exceeds the limit is a page of its own', async () => {
    await using app = await startProxiedApp();
    await app.client.orders.create(buildLargeOrder());
    const { id: webhook_id } = await app.client.webhooks.create({ url: 'https://example.com/' });
    const attempt = { at: time, durationMs: 1, statusCode: null, error: 'x'.repeat(maxPartBytes + 1) };
    await insertRows(app, 'webhook_deliveries', (id) => ({
      ...{ id, webhook_id, kind: 'test', state: 'failed', event_id: `e${id}`, event_type: 'webhook.test' },
      ...{ attempts: JSON.stringify(id < 3 ? [attempt] : []), created_at: time, finished_at: time },
    }));
    const { ids, bytes } = await readPages(app, `/webhooks/${webhook_id}/deliveries?limit=100`);
    expect(ids).toEqual(listNumbers(1, 40).reverse());
    expect(bytes).toHaveLength(3);
  });
});
