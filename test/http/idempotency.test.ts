// A request that names an Idempotency-Key is done once: sent again, it is answered as the first time.

import { describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { createTemporaryDatabase } from '../kit/database.ts';
import { startHangingApp } from '../kit/hanging-app.ts';
import { toPolicyText } from '../kit/hanging-policy.ts';
import { buildOrder, createValidatedOrder, validateOrder } from '../kit/orders.ts';
import { waitUntil } from '../kit/wait-until.ts';

type Given = { key?: string; ifMatch?: string; body?: unknown };

/** A POST, and all of its answer that counts. */
async function post(app: TestApp, path: string, { key, ifMatch, body }: Given = {}) {
  const headers = {
    ...(key === undefined ? {} : { 'idempotency-key': key }),
    ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const init = { method: 'POST', headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await app.request(path, init);
  const shown = ['content-type', 'location', 'etag'].map((name) => response.headers.get(name));
  const isReplay = response.headers.get('idempotent-replayed') === 'true';
  return { isReplay, answer: { status: response.status, shown, text: await response.text() } };
}

async function countOrders(app: TestApp): Promise<number> {
  return (await app.client.orders.list({ withTotal: true })).page.total ?? -1;
}

async function countKept(app: TestApp): Promise<number> {
  return (await app.service.store.reader.selectFrom('idempotency_keys').select('id').execute()).length;
}

const broken = toPolicyText('order.metadata["none"] == "x"');

describe('the same request with the same key', () => {
  test.each<[string, (app: TestApp) => Promise<unknown>, string, unknown, object]>([
    ['creates', async () => {}, '/orders', buildOrder(), {}],
    ['validates', (app) => app.client.orders.create(buildOrder()), '/orders/1/validate', undefined, {}],
    ['approves', (app) => createValidatedOrder(app.client), '/orders/1/approve', { note: 'fine' }, {}],
    ['rejects', (app) => app.client.orders.create(buildOrder()), '/orders/1/reject', { reason: 'no' }, {}],
    [
      'retries',
      async (app) => {
        await app.client.orders.create(buildOrder());
        await validateOrder(app.client, 1);
      },
      '/validations/1/retry',
      undefined,
      { policy: broken },
    ],
  ])('%s once, and is answered the same, to the letter', async (_, prepare, path, body, options) => {
    await using app = await startTestApp(options);
    await prepare(app);
    const first = await post(app, path, { key: 'k', body });
    expect(first.isReplay).toBe(false);
    expect(first.answer.status).toBeLessThan(300);
    const events = async () =>
      (await app.client.orders.events({ orderId: 1, limit: 100 })).data.map(({ type }) => type);
    const told = (await events()).filter((type) => !/validated|dead/.test(type));
    expect(await post(app, path, { key: 'k', body })).toEqual({ isReplay: true, answer: first.answer });
    expect((await events()).filter((type) => !/validated|dead/.test(type))).toEqual(told);
    expect(await countOrders(app)).toBe(1);
  });

  test('is judged by the rules of the first time, where an order is only tried', async () => {
    await using database = await createTemporaryDatabase();
    const databaseUrl = database.url;
    const check = (app: TestApp) => post(app, '/policy/check', { key: 'k', body: buildOrder() });
    let first: Awaited<ReturnType<typeof check>>;
    {
      await using app = await startTestApp({ databaseUrl });
      first = await check(app);
      expect(JSON.parse(first.answer.text)).toEqual({ findings: [], error: null });
    }
    await using app = await startTestApp({ databaseUrl, policy: toPolicyText('order.total < 1') });
    expect(await check(app)).toEqual({ isReplay: true, answer: first.answer });
    expect(await app.client.policy.check(buildOrder())).toMatchObject({ findings: [{ rule: 'the-rule' }] });
  });

  test('is answered as it was, also when the order has changed since', async () => {
    await using app = await startTestApp();
    const first = await post(app, '/orders', { key: 'k', body: buildOrder() });
    await app.client.orders.reject({ orderId: 1 });
    expect(await post(app, '/orders', { key: 'k', body: buildOrder() })).toEqual({
      isReplay: true,
      answer: first.answer,
    });
  });

  test('is known again by its contents, in whatever order its members come, and by its key, bare or quoted', async () => {
    await using app = await startTestApp();
    const body = buildOrder({ metadata: { a: '1', b: '2' } });
    const first = await post(app, '/orders', { key: 'a\\b', body });
    const turned = Object.fromEntries(Object.entries({ ...body, metadata: { b: '2', a: '1' } }).reverse());
    const again = await post(app, '/orders', { key: '"a\\\\b"', body: turned });
    expect(again).toEqual({ isReplay: true, answer: first.answer });
  });

  test('makes one order of a hundred that come at once, and answers all alike', async () => {
    await using app = await startTestApp();
    const all = await Promise.all(
      Array.from({ length: 100 }, () => post(app, '/orders', { key: 'k', body: buildOrder({ reference: 'PO-1' }) })),
    );
    expect(new Set(all.map(({ answer }) => JSON.stringify(answer))).size).toBe(1);
    expect(all.filter(({ isReplay }) => !isReplay)).toHaveLength(1);
    expect(await countOrders(app)).toBe(1);
  });

  test('is done anew after a day, and what was kept is forgotten', async () => {
    let now = Date.parse('2026-05-01T00:00:00.000Z');
    await using app = await startTestApp({ environment: { now: () => now }, purgeIntervalMs: 20 });
    await post(app, '/orders', { key: 'k', body: buildOrder() });
    await post(app, '/orders', { key: 'other', body: buildOrder() });
    now += 24 * 3_600_000 - 1;
    expect(await post(app, '/orders', { key: 'k', body: buildOrder() })).toMatchObject({ isReplay: true });
    now += 1;
    expect(await post(app, '/orders', { key: 'k', body: buildOrder() })).toMatchObject({ isReplay: false });
    expect(await countOrders(app)).toBe(3);
    await waitUntil(
      () => countKept(app),
      (count) => count === 1,
    );
    expect(await post(app, '/orders', { key: 'k', body: buildOrder() })).toMatchObject({ isReplay: true });
  });
});

describe('a refusal', () => {
  test.each<[string, string, Given, number]>([
    ['of what is not there', '/orders/9/approve', {}, 404],
    ['by the workflow', '/orders/1/approve', {}, 400],
    ['of another version', '/orders/1/reject', { ifMatch: '"7"' }, 412],
  ])('%s is kept: it is the answer, even when it would be another by now', async (_, path, given, status) => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder());
    const first = await post(app, path, { key: 'k', ...given });
    expect(first.answer.status).toBe(status);
    for (let id = 2; id <= 9; id += 1) await app.client.orders.create(buildOrder());
    await validateOrder(app.client, 1);
    expect(await post(app, path, { key: 'k', ...given })).toEqual({ isReplay: true, answer: first.answer });
    expect(await app.client.orders.get({ orderId: 1 })).toMatchObject({ status: 'VALIDATED' });
  });

  test('of a reference that is taken is not kept: the same request may succeed later', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder({ reference: 'PO-1' }));
    const request = { key: 'k', body: buildOrder({ reference: 'PO-1' }) };
    expect((await post(app, '/orders', request)).answer.status).toBe(409);
    await app.client.orders.edit({ orderId: 1, reference: null });
    expect(await post(app, '/orders', request)).toMatchObject({ isReplay: false, answer: { status: 201 } });
  });

  test('for a validation under way is not kept', async () => {
    await using app = await startHangingApp();
    expect((await post(app, '/validations/1/retry', { key: 'k' })).answer.status).toBe(409);
    expect(await countKept(app)).toBe(0);
  });

  test('by the contract is not kept: the key is free for the request that is mended', async () => {
    await using app = await startTestApp();
    expect((await post(app, '/orders', { key: 'k', body: {} })).answer.status).toBe(400);
    expect((await post(app, '/orders', { key: 'k', body: buildOrder() })).answer.status).toBe(201);
  });
});

describe('another request with the same key', () => {
  test.each<[string, string, Given]>([
    ['another body', '/orders', { body: buildOrder({ note: 'another' }) }],
    ['another path', '/orders/1/reject', {}],
    ['a condition', '/orders', { body: buildOrder(), ifMatch: '"1"' }],
  ])('with %s is refused, and changes nothing', async (_, path, given) => {
    await using app = await startTestApp();
    await post(app, '/orders', { key: 'k', body: buildOrder() });
    const { answer } = await post(app, path, { key: 'k', ...given });
    expect(answer.status).toBe(422);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'idempotency-key-reused' });
    expect(await countOrders(app)).toBe(1);
    expect(await app.client.orders.get({ orderId: 1 })).toMatchObject({ version: 1 });
  });
});

describe('a key', () => {
  test.each([
    ['that is empty', ''],
    ['that is quoted and empty', '""'],
    ['of 256 characters', 'k'.repeat(256)],
    ['with a space', 'two words'],
    ['that is not ASCII', 'schlüssel'],
    ['with half a pair of quotes', '"k'],
    ['that is given twice', 'a, b'],
  ])('%s is refused', async (_, key) => {
    await using app = await startTestApp();
    const { answer } = await post(app, '/orders', { key, body: buildOrder() });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text).errors).toMatchObject([{ pointer: '/header/idempotency-key' }]);
    expect(await countOrders(app)).toBe(0);
  });

  test.each([
    ['of 255 characters', 'k'.repeat(255)],
    ['with spaces, quoted', '"two words"'],
  ])('%s is taken', async (_, key) => {
    await using app = await startTestApp();
    expect(await post(app, '/orders', { key, body: buildOrder() })).toMatchObject({ isReplay: false });
    expect(await post(app, '/orders', { key, body: buildOrder() })).toMatchObject({ isReplay: true });
  });

  test('means nothing with PUT, which may be sent again as it is', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder());
    for (const note of ['first', 'second']) {
      const headers = { 'idempotency-key': 'two words', 'content-type': 'application/json' };
      const response = await app.request('/orders/1', { method: 'PUT', headers, body: JSON.stringify({ note }) });
      expect(await response.json()).toMatchObject({ note });
    }
    expect(await countKept(app)).toBe(0);
  });

  test('comes through the SDK as an option of the call', async () => {
    await using app = await startTestApp();
    const first = await app.client.orders.create(buildOrder(), { idempotencyKey: 'k' });
    expect(await app.client.orders.create(buildOrder(), { idempotencyKey: 'k' })).toEqual(first);
    expect(await countOrders(app)).toBe(1);
  });
});
