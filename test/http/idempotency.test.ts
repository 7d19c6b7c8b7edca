// Idempotency keys: a repeated request is not executed again and gets the stored response.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTemporaryDatabase } from '../kit/database/database.ts';
import { buildOrder, createValidatedOrder, validateOrder } from '../kit/http/orders.ts';
import { startTestApp, type TestApp } from '../kit/service/app.ts';
import { startHangingApp } from '../kit/service/hanging-app.ts';
import { failingMetadata, failingPolicy, toPolicyText } from '../kit/service/hanging-policy.ts';
import { waitUntil } from '../kit/wait-until.ts';

type PostOptions = { key?: string; ifMatch?: string; body?: unknown };

/** Sends a POST and returns the parts of its response that a replay must repeat. */
async function post(app: TestApp, path: string, { key, ifMatch, body }: PostOptions = {}) {
  const headers = {
    ...(key === undefined ? {} : { 'idempotency-key': key }),
    ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const init = { method: 'POST', headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const received = await app.request(path, init);
  const headerValues = ['content-type', 'location', 'etag'].map((name) => received.headers.get(name));
  const isReplay = received.headers.get('idempotent-replayed') === 'true';
  return { isReplay, response: { status: received.status, headerValues, text: await received.text() } };
}

async function countOrders(app: TestApp): Promise<number> {
  return (await app.client.orders.list({ withTotal: true })).page.total ?? -1;
}

async function countStoredResponses(app: TestApp): Promise<number> {
  return (await app.service.store.reader.selectFrom('idempotency_keys').select('id').execute()).length;
}

describe('the same request with the same key', () => {
  test.each<[string, (app: TestApp) => Promise<unknown>, string, unknown, object]>([
    ['creation', async () => {}, '/orders', buildOrder(), {}],
    ['creation with a validation', async () => {}, '/orders', { ...buildOrder(), validate: true }, {}],
    ['validation', (app) => app.client.orders.create(buildOrder()), '/orders/1/validate', undefined, {}],
    ['approval', (app) => createValidatedOrder(app.client), '/orders/1/approve', { note: 'fine' }, {}],
    ['rejection', (app) => app.client.orders.create(buildOrder()), '/orders/1/reject', { reason: 'no' }, {}],
    [
      'retry',
      async (app) => {
        await app.client.orders.create(buildOrder({ metadata: failingMetadata }));
        await validateOrder(app.client, 1);
      },
      '/validations/1/retry',
      undefined,
      { policy: failingPolicy },
    ],
  ])(
    'a repeated %s with the same key is executed once and gets the same response',
    async (_, prepare, path, body, options) => {
      await using app = await startTestApp(options);
      await prepare(app);
      const first = await post(app, path, { key: 'k', body });
      expect(first.isReplay).toBe(false);
      expect(first.response.status).toBeLessThan(300);
      // Without the events of the validation itself, which may end at any time.
      const readEventTypes = async () => {
        const { data } = await app.client.orders.events({ orderId: 1, limit: 100 });
        return data.map(({ type }) => type).filter((type) => !/validated|dead/.test(type));
      };
      const eventTypes = await readEventTypes();
      expect(await post(app, path, { key: 'k', body })).toEqual({ isReplay: true, response: first.response });
      expect(await readEventTypes()).toEqual(eventTypes);
      expect(await countOrders(app)).toBe(1);
    },
  );

  test('a repeated policy check with the same key gets the stored findings after a policy change', async () => {
    await using database = await createTemporaryDatabase();
    const databaseUrl = database.url;
    const check = (app: TestApp) => post(app, '/policy/check', { key: 'k', body: buildOrder() });
    let first: Awaited<ReturnType<typeof check>>;
    {
      await using app = await startTestApp({ databaseUrl });
      first = await check(app);
      expect(JSON.parse(first.response.text)).toEqual({ findings: [], error: null });
    }
    await using app = await startTestApp({ databaseUrl, policy: toPolicyText('order.total < 1') });
    expect(await check(app)).toEqual({ isReplay: true, response: first.response });
    expect(await app.client.policy.check(buildOrder())).toMatchObject({ findings: [{ rule: 'the-rule' }] });
  });

  test('a repeated creation gets the stored response, even if the order has changed', async () => {
    await using app = await startTestApp();
    const first = await post(app, '/orders', { key: 'k', body: buildOrder() });
    await app.client.orders.reject({ orderId: 1 });
    expect(await post(app, '/orders', { key: 'k', body: buildOrder() })).toEqual({
      isReplay: true,
      response: first.response,
    });
  });

  test('a repeated request may reorder the members of its body and quote its key', async () => {
    await using app = await startTestApp();
    const body = buildOrder({ metadata: { a: '1', b: '2' } });
    const first = await post(app, '/orders', { key: 'a\\b', body });
    const reordered = Object.fromEntries(Object.entries({ ...body, metadata: { b: '2', a: '1' } }).reverse());
    const again = await post(app, '/orders', { key: '"a\\\\b"', body: reordered });
    expect(again).toEqual({ isReplay: true, response: first.response });
  });

  test('one hundred concurrent creations with the same key create one order and get the same response', async () => {
    await using app = await startTestApp();
    const results = await Promise.all(
      Array.from({ length: 100 }, () => post(app, '/orders', { key: 'k', body: buildOrder({ reference: 'PO-1' }) })),
    );
    expect(new Set(results.map(({ response }) => JSON.stringify(response))).size).toBe(1);
    expect(results.filter(({ isReplay }) => !isReplay)).toHaveLength(1);
    expect(await countOrders(app)).toBe(1);
  });

  test('a stored response expires after 24 hours and is purged', async () => {
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
      () => countStoredResponses(app),
      (count) => count === 1,
    );
    expect(await post(app, '/orders', { key: 'k', body: buildOrder() })).toMatchObject({ isReplay: true });
  });
});

describe('a rejected request', () => {
  test.each<[string, string, PostOptions, number]>([
    ['because its order does not exist', '/orders/9/approve', {}, 404],
    ['by the workflow', '/orders/1/approve', {}, 400],
    ['because of its version', '/orders/1/reject', { ifMatch: '"7"' }, 412],
  ])(
    'a request rejected %s gets the stored problem again, even if it would now succeed',
    async (_, path, options, status) => {
      await using app = await startTestApp();
      await app.client.orders.create(buildOrder());
      const first = await post(app, path, { key: 'k', ...options });
      expect(first.response.status).toBe(status);
      for (let id = 2; id <= 9; id += 1) await app.client.orders.create(buildOrder());
      await validateOrder(app.client, 1);
      expect(await post(app, path, { key: 'k', ...options })).toEqual({ isReplay: true, response: first.response });
      expect(await app.client.orders.get({ orderId: 1 })).toMatchObject({ status: 'VALIDATED' });
    },
  );

  test('a reference conflict is not stored, so the same request may succeed later', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder({ reference: 'PO-1' }));
    const request = { key: 'k', body: buildOrder({ reference: 'PO-1' }) };
    expect((await post(app, '/orders', request)).response.status).toBe(409);
    await app.client.orders.edit({ orderId: 1, reference: null });
    expect(await post(app, '/orders', request)).toMatchObject({ isReplay: false, response: { status: 201 } });
  });

  test('the refusal of a retry during a validation is not stored', async () => {
    await using app = await startHangingApp();
    const storedBefore = await countStoredResponses(app);
    expect((await post(app, '/validations/1/retry', { key: 'k' })).response.status).toBe(409);
    expect(await countStoredResponses(app)).toBe(storedBefore);
  });

  test('a contract error is not stored, so the corrected request may use the same key', async () => {
    await using app = await startTestApp();
    expect((await post(app, '/orders', { key: 'k', body: {} })).response.status).toBe(400);
    expect((await post(app, '/orders', { key: 'k', body: buildOrder() })).response.status).toBe(201);
  });
});

describe('another request with the same key', () => {
  test.each<[string, string, PostOptions]>([
    ['another body', '/orders', { body: buildOrder({ note: 'another' }) }],
    ['another path', '/orders/1/reject', {}],
    ['a precondition', '/orders', { body: buildOrder(), ifMatch: '"1"' }],
  ])('a key that is reused with %s is rejected, and nothing changes', async (_, path, options) => {
    await using app = await startTestApp();
    await post(app, '/orders', { key: 'k', body: buildOrder() });
    const { response } = await post(app, path, { key: 'k', ...options });
    expect(response.status).toBe(422);
    expect(JSON.parse(response.text)).toMatchObject({ code: 'idempotency-key-reused' });
    expect(await countOrders(app)).toBe(1);
    expect(await app.client.orders.get({ orderId: 1 })).toMatchObject({ version: 1 });
  });
});

describe('a key', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app[Symbol.asyncDispose]());

  test.each([
    ['an empty key', ''],
    ['an empty quoted key', '""'],
    ['a key of 256 characters', 'k'.repeat(256)],
    ['an unquoted key with a space', 'two words'],
    ['a key that is not ASCII', 'schlüssel'],
    ['a key with one quote', '"k'],
    ['a key that is sent twice', 'a, b'],
  ])('%s gets 400', async (_, key) => {
    const before = await countOrders(app);
    const { response } = await post(app, '/orders', { key, body: buildOrder() });
    expect(response.status).toBe(400);
    expect(JSON.parse(response.text).errors).toMatchObject([{ pointer: '/header/idempotency-key' }]);
    expect(await countOrders(app)).toBe(before);
  });

  test.each([
    ['a key of 255 characters', 'k'.repeat(255)],
    ['a quoted key with a space', '"two words"'],
  ])('%s is accepted', async (_, key) => {
    expect(await post(app, '/orders', { key, body: buildOrder() })).toMatchObject({ isReplay: false });
    expect(await post(app, '/orders', { key, body: buildOrder() })).toMatchObject({ isReplay: true });
  });

  test('a key is ignored for PUT, which is idempotent', async () => {
    const { id } = await app.client.orders.create(buildOrder());
    const before = await countStoredResponses(app);
    for (const note of ['first', 'second']) {
      const headers = { 'idempotency-key': 'two words', 'content-type': 'application/json' };
      const response = await app.request(`/orders/${id}`, { method: 'PUT', headers, body: JSON.stringify({ note }) });
      expect(await response.json()).toMatchObject({ note });
    }
    expect(await countStoredResponses(app)).toBe(before);
  });

  test('a key can be set as an option of an SDK call', async () => {
    const before = await countOrders(app);
    const first = await app.client.orders.create(buildOrder(), { idempotencyKey: 'k' });
    expect(await app.client.orders.create(buildOrder(), { idempotencyKey: 'k' })).toEqual(first);
    expect(await countOrders(app)).toBe(before + 1);
  });
});
