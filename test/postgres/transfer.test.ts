// Transfers from SQLite to PostgreSQL and back: responses stay the same, and open validations and deliveries continue.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { exportDatabase } from '../../server/database/transfer/export.ts';
import { createTemporaryDatabase } from '../kit/database/database.ts';
import { openTestStore } from '../kit/database/store.ts';
import {
  buildOrderRow,
  buildTransferFile,
  importText,
  joinLines,
  silentOptions,
} from '../kit/database/transfer-file.ts';
import {
  createScenario,
  idempotentRequest,
  importInto,
  readAllResponses,
  startTransferApp,
  transferDatabase,
} from '../kit/database/transfer-scenario.ts';
import { toPositions } from '../kit/events/events.ts';
import { createTemporaryFolder } from '../kit/folder.ts';
import { buildOrder, waitForValidation } from '../kit/http/orders.ts';
import { startTestApp } from '../kit/service/app.ts';
import { localTargets, startReceiver } from '../kit/webhooks/receiver.ts';

/** Reads an export file without its header, which names the source database. */
async function readRows(path: string): Promise<string> {
  const text = await readFile(path, 'utf8');
  return text.slice(text.indexOf('\n'));
}

test('a transfer from SQLite to PostgreSQL and back changes no byte of the responses or of the export', async () => {
  await using folder = await createTemporaryFolder();
  await using good = await startReceiver();
  await using failing = await startReceiver(500);
  const toUrl = (name: string) => `sqlite:${join(folder.path, name)}`;
  await using postgres = await createTemporaryDatabase();
  let before: unknown;
  {
    await using app = await startTransferApp(toUrl('old.db'));
    await createScenario(app, good, failing);
    before = await readAllResponses(app);
  }
  const [firstExport, secondExport] = [join(folder.path, 'first.jsonl'), join(folder.path, 'second.jsonl')];
  await transferDatabase(toUrl('old.db'), postgres.url, firstExport);
  await transferDatabase(postgres.url, toUrl('new.db'), secondExport);
  expect(await readRows(secondExport)).toBe(await readRows(firstExport));
  for (const url of [postgres.url, toUrl('new.db')]) {
    await using app = await startTransferApp(url);
    expect(await readAllResponses(app)).toEqual(before);
  }
});

const cases = ['to PostgreSQL', 'to SQLite'].flatMap((direction) => [
  [direction, 'stopped'] as const,
  [direction, 'running'] as const,
]);

test.each(cases)('open work continues after a transfer %s from a service that was %s', async (direction, state) => {
  await using folder = await createTemporaryFolder();
  await using good = await startReceiver();
  await using failing = await startReceiver(500);
  await using postgres = await createTemporaryDatabase();
  const urls = [`sqlite:${join(folder.path, 'orders.db')}`, postgres.url] as const;
  const [from, to] = direction === 'to PostgreSQL' ? urls : ([urls[1], urls[0]] as const);
  const path = join(folder.path, 'export.jsonl.gz');
  {
    await using app = await startTransferApp(from);
    await createScenario(app, good, failing);
    // As after a kill: the stop at the end of this block releases the claimed jobs.
    if (state === 'running') await exportDatabase(path, app.service.store, silentOptions);
  }
  if (state === 'stopped') await transferDatabase(from, to, path);
  else await importInto(path, to);
  const lines = gunzipSync(await readFile(path))
    .toString()
    .split('\n');
  const states = lines.flatMap((line) => /"order_id":[67],.*"state":"(\w+)"/.exec(line)?.[1] ?? []);
  expect(states).toHaveLength(2);
  expect(states).toContain(state === 'running' ? 'running' : 'queued');
  await using app = await startTestApp({ databaseUrl: to, ...localTargets });
  const { orders, webhooks, events } = app.client;

  for (const orderId of [6, 7]) {
    const [run] = (await orders.validations({ orderId })).data;
    expect(await waitForValidation(app.client, run?.id ?? 0)).toMatchObject({ state: 'passed' });
  }
  const { page } = await events.list({ limit: 100 });
  await orders.approve({ orderId: 6 });
  expect((await events.list({ after: page.nextAfter })).data).toMatchObject([{ type: 'order.approved', orderId: 6 }]);
  await good.waitUntilReceived(5);
  expect(good.events.at(-1)).toMatchObject({ type: 'order.approved', orderId: 6 });
  expect(good.received).toHaveLength(5);

  expect(await orders.create(buildOrder())).toMatchObject({ id: 8 });
  const replayed = await app.request('/orders', idempotentRequest);
  expect(replayed.headers.get('idempotent-replayed')).toBe('true');
  expect(await replayed.json()).toMatchObject({ id: 1, status: 'CREATED' });
  expect((await webhooks.create({ url: good.url })).id).toBeGreaterThan(3);
  failing.respondWith(204);
  await webhooks.resume({ webhookId: 2 });
  await failing.waitUntilReceived((await events.list({ limit: 100 })).data.length);
  expect(toPositions(failing.events)).toEqual(toPositions((await events.list({ limit: 100 })).data));
  expect((await app.client.stats.get()).openValidations).toBe(0);
});

test('the database timeout of the service does not apply to an import or an export', async () => {
  await using database = await createTemporaryDatabase();
  await using store = await openTestStore(database.url, { databaseTimeoutMs: 200 });
  const block = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  const content = joinLines(buildTransferFile({ orders: [buildOrderRow(1)] }));
  await importText(store, content, { report: (step) => step === 'written' && block() });
  const orders = await store.transfer.snapshot(async (reader) => {
    await reader.selectFrom('counters').selectAll().execute();
    block();
    return reader.selectFrom('orders').select('id').execute();
  });
  expect(orders).toEqual([{ id: 1 }]);
});
