// Every action in every state over HTTP: the workflow table decides what is allowed; a refused action changes nothing.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client, Order } from '../../client/index.ts';
import { type Action, actions, findRefusal } from '../../contract/workflow.ts';
import { buildOrder, createValidatedOrder, failingItems, validateOrder } from '../kit/http/orders.ts';
import { catchProblem } from '../kit/http/problems.ts';
import { startTestApp, type TestApp } from '../kit/service/app.ts';
import { hangingPolicy, manyItems, toPolicyText } from '../kit/service/hanging-policy.ts';

/** A policy whose rules reject zero prices, hang on many items, and fail with an error for one customer. */
const policy = JSON.stringify({
  rules: [
    ...JSON.parse(toPolicyText('order.items.all(item, item.unitPrice > 0)')).rules,
    ...JSON.parse(hangingPolicy).rules.map((rule: object) => ({ ...rule, id: 'hangs' })),
    ...JSON.parse(toPolicyText("order.customerId != 'breaks' || order.metadata.missing == 'x'")).rules.map(
      (rule: object) => ({ ...rule, id: 'breaks' }),
    ),
  ],
});

/** Functions that create an order in each state. */
const states: Record<string, (client: Client) => Promise<Order>> = {
  created: (client) => client.orders.create(buildOrder()),
  validating: async (client) => {
    const { id: orderId } = await client.orders.create(buildOrder({ items: manyItems }));
    await client.orders.validate({ orderId });
    return client.orders.get({ orderId });
  },
  'with a dead validation': async (client) => {
    const { id: orderId } = await client.orders.create(buildOrder({ customerId: 'breaks' }));
    await validateOrder(client, orderId);
    return client.orders.get({ orderId });
  },
  validated: (client) => createValidatedOrder(client),
  approved: async (client) => client.orders.approve({ orderId: (await createValidatedOrder(client)).id }),
  'rejected by a person': async (client) => {
    const { id: orderId } = await client.orders.create(buildOrder());
    return client.orders.reject({ orderId });
  },
  'rejected after its validation': async (client) =>
    client.orders.reject({ orderId: (await createValidatedOrder(client)).id }),
  'rejected by the rules': async (client) => {
    const { id: orderId } = await client.orders.create(buildOrder({ items: failingItems }));
    await validateOrder(client, orderId);
    return client.orders.get({ orderId });
  },
};

function perform(app: TestApp, action: Action, order: Order): Promise<Response> {
  switch (action) {
    case 'edit':
      return app.send('PUT', `/orders/${order.id}`, { note: `edited ${order.version}` });
    case 'retry':
      return app.request(`/validations/${order.validation?.id ?? 1_000_000}/retry`, { method: 'POST' });
    default:
      return app.request(`/orders/${order.id}/${action}`, { method: 'POST' });
  }
}

/** The versions that an allowed action adds at once. `validate` adds none if a validation is in progress already. */
function countNewVersions(action: Action, { validation }: Order): number {
  return action === 'validate' && validation?.state === 'open' ? 0 : 1;
}

describe.each(Object.keys(states))('every action in the state "%s"', (state) => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ policy, validationTimeoutMs: 60_000 });
  });
  afterAll(() => app[Symbol.asyncDispose]());

  test.each(actions.map((action) => [action, state] as const))(
    'the action %s in the state "%s" is executed or refused as in the workflow table',
    async (action) => {
      const order = await (states[state] as (client: Client) => Promise<Order>)(app.client);
      const before = await app.client.orders.get({ orderId: order.id });
      const response = await perform(app, action, before);
      const refusal = findRefusal(action, before);

      if (action === 'retry' && before.validation === null) {
        expect(response.status).toBe(404);
      } else if (refusal) {
        const body = await response.json();
        expect(body).toMatchObject({ code: refusal.code, detail: refusal.detail });
        expect(response.status).toBe(refusal.code === 'invalid-transition' ? 400 : 409);
        expect(await app.client.orders.get({ orderId: order.id })).toEqual(before);
      } else {
        expect(response.ok).toBe(true);
        const { version } = await app.client.orders.get({ orderId: order.id });
        expect(version).toBeGreaterThanOrEqual(before.version + countNewVersions(action, before));
      }
      expect(before.allowedActions.includes(action)).toBe(refusal === undefined);
    },
  );
});

describe('a refused transition', () => {
  test('a refused transition has the action, the current status and the allowed statuses', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder());
    const problem = await catchProblem('invalid-transition', app.client.orders.approve({ orderId: 1 }));
    expect(problem).toMatchObject({
      status: 400,
      detail: "Cannot approve order in status 'CREATED'. Must be 'VALIDATED'",
      action: 'approve',
      currentStatus: 'CREATED',
      allowedFrom: ['VALIDATED'],
    });
  });

  test('an action on an unknown order is 404', async () => {
    await using app = await startTestApp();
    for (const action of ['approve', 'reject', 'validate'] as const) {
      await catchProblem('not-found', app.client.orders[action]({ orderId: 99 }));
    }
  });
});

describe('the history', () => {
  test('the history has one event for each change, with sequence, version and actor', async () => {
    await using app = await startTestApp();
    const { id: orderId } = await createValidatedOrder(app.client);
    const approved = await app.client.orders.approve({ orderId, note: 'Within the budget' });
    const { data } = await app.client.orders.events({ orderId });
    expect(data.map(({ type }) => type)).toEqual([
      'order.created',
      'order.validation_started',
      'order.validated',
      'order.approved',
    ]);
    expect(data.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    expect(data.map(({ orderVersion }) => orderVersion)).toEqual([1, 2, 3, approved.version]);
    expect(data.map(({ actor }) => actor.type)).toEqual(['user', 'user', 'system', 'user']);
    expect(data[3]?.data).toEqual({ note: 'Within the budget' });
    const positions = data.map(({ position }) => position);
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
  });

  test('the history can be read in pages', async () => {
    await using app = await startTestApp();
    const { id: orderId } = await createValidatedOrder(app.client);
    const first = await app.client.orders.events({ orderId, limit: 2 });
    const cursor = first.page.nextCursor ?? '';
    const second = await app.client.orders.events({ orderId, limit: 2, cursor });
    expect([...first.data, ...second.data].map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(second.page.nextCursor).toBeNull();
  });

  test('an event has the id of the request that caused it', async () => {
    await using app = await startTestApp();
    const response = await app.send('POST', '/orders', buildOrder());
    const { data } = await app.client.orders.events({ orderId: 1 });
    expect(data[0]?.requestId).toBe(response.headers.get('x-request-id'));
  });
});

describe('concurrent decisions', () => {
  test('exactly one of two hundred concurrent decisions on a validated order succeeds', async () => {
    await using app = await startTestApp();
    const { id: orderId } = await createValidatedOrder(app.client);
    const race = Array.from({ length: 200 }, (_, index) =>
      index % 2 === 0 ? app.client.orders.approve({ orderId }) : app.client.orders.reject({ orderId }),
    );
    const outcomes = await Promise.allSettled(race);
    const successes = outcomes.filter((outcome) => outcome.status === 'fulfilled').map(({ value }) => value);
    expect(successes).toHaveLength(1);
    expect(await app.client.orders.get({ orderId })).toEqual(successes[0]);
    expect(['APPROVED', 'REJECTED']).toContain(successes[0]?.status);
    const { data } = await app.client.orders.events({ orderId });
    expect(data.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
  });

  test('concurrent requests to validate an order start one validation and return it', async () => {
    await using app = await startTestApp({ policy, validationTimeoutMs: 60_000 });
    await app.client.orders.create(buildOrder({ items: manyItems }));
    const race = Array.from({ length: 50 }, () => app.client.orders.validate({ orderId: 1 }));
    const ids = (await Promise.all(race)).map(({ validation }) => validation.id);
    expect(new Set(ids)).toEqual(new Set([1]));
    expect((await app.client.orders.validations({ orderId: 1 })).data).toHaveLength(1);
  });
});
