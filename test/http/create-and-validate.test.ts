// Orders that are created with `validate`: the order, its validation and both events come from one commit.

import { describe, expect, test } from 'vitest';
import type { NewOrderRequest } from '../../client/index.ts';
import { buildOrder, failingItems, waitForValidation } from '../kit/http/orders.ts';
import { catchProblem, readFieldErrors } from '../kit/http/problems.ts';
import { startTestApp, type TestApp } from '../kit/service/app.ts';
import { hangingPolicy, manyItems } from '../kit/service/hanging-policy.ts';

/** Starts a service whose rules do not end for orders with many items. */
function startSlowApp(): Promise<TestApp> {
  return startTestApp({ policy: hangingPolicy, validationTimeoutMs: 60_000 });
}

function buildRequest(fields: Partial<NewOrderRequest> = {}): NewOrderRequest {
  return { ...buildOrder(), validate: true, ...fields };
}

describe('an order that is created with `validate`', () => {
  test('an order created with `validate` is returned in version 2, with an open validation, as a read returns it', async () => {
    await using app = await startSlowApp();
    const response = await app.send('POST', '/orders', buildRequest({ items: manyItems }));
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe('/orders/1');
    expect(response.headers.get('etag')).toBe('"2"');
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({
      status: 'CREATED',
      version: 2,
      validation: { id: 1, state: 'open' },
      allowedActions: ['validate', 'reject'],
    });
    expect(text).toBe(await (await app.request('/orders/1')).text());
    expect(await app.client.validations.get({ validationId: 1 })).toMatchObject({
      orderId: 1,
      orderVersion: 1,
      state: 'running',
      attempt: 1,
    });
    expect(await app.client.stats.get()).toMatchObject({ orders: { CREATED: 1 }, openValidations: 1 });
    expect(await app.client.orders.reject({ orderId: 1 })).toMatchObject({
      version: 3,
      validation: { id: 1, state: 'cancelled' },
    });
  });

  test('an order created with `validate` has two events with the same request, in the history and in the feed', async () => {
    await using app = await startSlowApp();
    const { requestId } = await app.client.orders.create(buildRequest({ items: manyItems })).withResponse();
    const { data } = await app.client.orders.events({ orderId: 1 });
    const { version: policyVersion } = await app.client.policy.get();
    const initiator = { actor: { type: 'user' }, requestId, timestamp: data[0]?.timestamp };
    const content = { ...buildOrder({ items: manyItems }), reference: null, note: null, metadata: {} };
    expect(data).toMatchObject([
      { ...initiator, type: 'order.created', sequence: 1, data: { order: content } },
      {
        ...initiator,
        type: 'order.validation_started',
        sequence: 2,
        data: { validationId: 1, policyVersion, isRetry: false },
      },
    ]);
    expect(data[0]?.data).toEqual({ order: content });
    expect((await app.client.events.list()).data).toEqual(data);
  });

  test('an order created with `validate` becomes VALIDATED or REJECTED without another request', async () => {
    await using app = await startTestApp();
    const [valid, invalid] = await Promise.all([
      app.client.orders.create(buildRequest()),
      app.client.orders.create(buildRequest({ items: failingItems })),
    ]);
    for (const { validation } of [valid, invalid]) await waitForValidation(app.client, validation?.id ?? 0);
    expect(await app.client.orders.get({ orderId: valid.id })).toMatchObject({ status: 'VALIDATED', version: 3 });
    expect(await app.client.orders.get({ orderId: invalid.id })).toMatchObject({ status: 'REJECTED', version: 3 });
  });

  test('an order created with `validate` and the reference of another order is refused as a whole', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder({ reference: 'PO-1' }));
    const problem = await catchProblem('conflict', app.client.orders.create(buildRequest({ reference: 'PO-1' })));
    expect(problem).toMatchObject({ status: 409, orderId: 1 });
    expect(await app.client.stats.get()).toMatchObject({ orders: { CREATED: 1 }, openValidations: 0 });
    await catchProblem('not-found', app.client.validations.get({ validationId: 1 }));
    expect((await app.client.events.list()).data).toHaveLength(1);
  });

  test('a run of an order created with `validate` and a single attempt is queued first', async () => {
    await using app = await startTestApp({ validationAttempts: 1 });
    const { validation } = await app.client.orders.create(buildRequest());
    expect(await waitForValidation(app.client, validation?.id ?? 0)).toMatchObject({ state: 'passed', attempt: 1 });
  });
});

describe('the member `validate`', () => {
  test('`validate` with false or null creates an order as its absence does', async () => {
    await using app = await startTestApp({ environment: { now: () => Date.parse('2026-05-04T10:15:30.000Z') } });
    const readHeaders = ({ headers }: Response) => ['etag', 'content-type'].map((name) => headers.get(name));
    const [absent, ...others] = await Promise.all(
      [{}, { validate: false }, { validate: null }].map(async (fields) => {
        const response = await app.send('POST', '/orders', { ...buildOrder(), ...fields });
        return { headers: readHeaders(response), text: (await response.text()).replace(/"id":\d+/, '"id":0') };
      }),
    );
    expect(JSON.parse(absent?.text ?? '')).toMatchObject({ version: 1, validation: null });
    for (const other of others) expect(other).toEqual(absent);
    expect((await app.client.events.list()).data.map(({ data }) => data)).toEqual(
      Array(3).fill({ order: { ...buildOrder(), reference: null, note: null, metadata: {} } }),
    );
  });

  test.each(['true', 1, {}])('`validate` with the value %j is rejected', async (validate) => {
    await using app = await startTestApp();
    const response = await app.send('POST', '/orders', { ...buildOrder(), validate });
    expect(await readFieldErrors(response)).toEqual([{ pointer: '/validate', detail: 'must be a boolean' }]);
  });

  test('`validate` is unknown to edits and policy checks', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder());
    const expected = [{ pointer: '/validate', detail: 'is unknown' }];
    expect(await readFieldErrors(await app.send('PUT', '/orders/1', { validate: true }))).toEqual(expected);
    expect(await readFieldErrors(await app.send('POST', '/policy/check', buildRequest()))).toEqual(expected);
  });
});
