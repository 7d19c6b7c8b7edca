// Moving over: a SQLite file to PostgreSQL, and back. Whoever uses the service sees no difference, and what was under
// way goes on.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { exportDatabase } from '../../server/database/transfer/export.ts';
import { startTestApp } from '../kit/app.ts';
import { createTemporaryDatabase } from '../kit/database.ts';
import { createTemporaryFolder } from '../kit/folder.ts';
import { buildOrder, waitForValidation } from '../kit/orders.ts';
import { localTargets, startReceiver } from '../kit/receiver.ts';
import { openTestStore } from '../kit/store.ts';
import { buildOrderRow, buildTransferFile, importText, joinLines, silentOptions } from '../kit/transfer-file.ts';
import {
  createScenario,
  idempotentRequest,
  importInto,
  readAllResponses,
  startTransferApp,
  transferDatabase,
} from '../kit/transfer-scenario.ts';

/** What stands in an export below its header. */
async function bodyOf(path: string): Promise<string> {
  const text = await readFile(path, 'utf8');
  return text.slice(text.indexOf('\n'));
}

test('SQLite to PostgreSQL and back is the same to the byte, to callers and in the file', async () => {
  await using folder = await createTemporaryFolder();
  await using good = await startReceiver();
  await using failing = await startReceiver(500);
  const file = (name: string) => `sqlite:${join(folder.path, name)}`;
  await using postgres = await createTemporaryDatabase();
  let before: unknown;
  {
    await using app = await startTransferApp(file('old.db'));
    await createScenario(app, good, failing);
    before = await readAllResponses(app);
  }
  const [there, back] = [join(folder.path, 'there.jsonl'), join(folder.path, 'back.jsonl')];
  await transferDatabase(file('old.db'), postgres.url, there);
  await transferDatabase(postgres.url, file('new.db'), back);
  expect(await bodyOf(back)).toBe(await bodyOf(there));
  for (const url of [postgres.url, file('new.db')]) {
    await using app = await startTransferApp(url);
    expect(await readAllResponses(app)).toEqual(before);
  }
});

const ways = ['to PostgreSQL', 'to SQLite'].flatMap((way) => [[way, 'stopped'] as const, [way, 'killed'] as const]);

test.each(ways)('what was under way goes on after a move %s, where the service was %s', async (way, ending) => {
  await using folder = await createTemporaryFolder();
  await using good = await startReceiver();
  await using failing = await startReceiver(500);
  await using postgres = await createTemporaryDatabase();
  const urls = [`sqlite:${join(folder.path, 'orders.db')}`, postgres.url] as const;
  const [from, to] = way === 'to PostgreSQL' ? urls : ([urls[1], urls[0]] as const);
  const path = join(folder.path, 'moved.jsonl.gz');
  {
    await using app = await startTransferApp(from);
    await createScenario(app, good, failing);
    // Before the stop, which gives back what is claimed.
    if (ending === 'killed') await exportDatabase(path, app.service.store, silentOptions);
  }
  if (ending === 'stopped') await transferDatabase(from, to, path);
  else await importInto(path, to);
  const lines = gunzipSync(await readFile(path))
    .toString()
    .split('\n');
  const states = lines.flatMap((line) => /"order_id":[67],.*"state":"(\w+)"/.exec(line)?.[1] ?? []);
  expect(states).toHaveLength(2);
  expect(states).toContain(ending === 'killed' ? 'running' : 'queued');
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
  expect(failing.events.map(({ position }) => position)).toEqual(
    (await events.list({ limit: 100 })).data.map(({ position }) => position),
  );
  expect((await app.client.stats.get()).openValidations).toBe(0);
});

test('time-outs of the service do not end a move', async () => {
  await using database = await createTemporaryDatabase();
  await using store = await openTestStore(database.url, { databaseTimeoutMs: 200 });
  const hold = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  const content = joinLines(buildTransferFile({ orders: [buildOrderRow(1)] }));
  await importText(store, content, { report: (step) => step === 'written' && hold() });
  const orders = await store.transfer.snapshot(async (reader) => {
    await reader.selectFrom('counters').selectAll().execute();
    hold();
    return reader.selectFrom('orders').select('id').execute();
  });
  expect(orders).toEqual([{ id: 1 }]);
});
