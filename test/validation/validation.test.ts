// Validations in the background: passed, failed, dead, cancelled, tried again; and always ended.

import { describe, expect, test } from 'vitest';
import { startTestApp } from '../kit/app.ts';
import { createTemporaryDatabase } from '../kit/database.ts';
import { startHangingApp } from '../kit/hanging-app.ts';
import { hangingPolicy, manyItems, toPolicyText } from '../kit/hanging-policy.ts';
import { buildOrder, createValidatedOrder, failingItems, validateOrder, waitForValidation } from '../kit/orders.ts';
import { catchProblem } from '../kit/problems.ts';
import { waitUntil } from '../kit/wait-until.ts';

describe('a validation', () => {
  test('is answered at once, with its address, and ends VALIDATED where every rule is true', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder());
    const response = await app.request('/orders/1/validate', { method: 'POST' });
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe('/validations/1');
    expect(await response.json()).toMatchObject({
      message: 'validation started',
      validation: { id: 1, orderId: 1, orderVersion: 1, state: 'queued', attempt: 0, maxAttempts: 5, findings: [] },
    });
    expect(await waitForValidation(app.client, 1)).toMatchObject({
      state: 'passed',
      attempt: 1,
      findings: [],
      error: null,
    });
    expect(await app.client.orders.get({ orderId: 1 })).toMatchObject({
      status: 'VALIDATED',
      validation: { id: 1, state: 'passed' },
    });
  });

  test('rejects the order with a finding for each rule that is not true', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder({ items: failingItems }));
    const validation = await validateOrder(app.client, 1);
    const findings = [
      { rule: 'no-zero-prices', message: 'Every item must have a price.' },
      { rule: 'no-repeated-products', message: 'A product must not appear in more than one line.' },
    ];
    expect(validation).toMatchObject({ state: 'failed', findings });
    expect(await app.client.orders.get({ orderId: 1 })).toMatchObject({
      status: 'REJECTED',
      rejection: { by: { type: 'system', id: 'validation' }, reason: '2 rules refused the order.', findings },
    });
  });

  test('keeps the version of the policy that judged it', async () => {
    await using app = await startTestApp();
    const { version } = await app.client.policy.get();
    await app.client.orders.create(buildOrder());
    expect(await validateOrder(app.client, 1)).toMatchObject({ policyVersion: version });
  });

  test.each([
    ['throws', "order.metadata.missing == 'x'", /^rule the-rule failed: No such key: missing/],
    ['is not boolean', 'dyn(order.total)', /^rule the-rule yielded no boolean$/],
  ])('is dead at once where a rule %s, and the order stays CREATED', async (_, expression, error) => {
    await using app = await startTestApp({ policy: toPolicyText(expression) });
    await app.client.orders.create(buildOrder());
    expect(await validateOrder(app.client, 1)).toMatchObject({
      state: 'dead',
      attempt: 1,
      error: expect.stringMatching(error),
    });
    expect(await app.client.orders.get({ orderId: 1 })).toMatchObject({
      status: 'CREATED',
      validation: { id: 1, state: 'dead' },
      allowedActions: ['edit', 'validate', 'retry', 'reject'],
    });
    const { data } = await app.client.orders.events({ orderId: 1 });
    expect(data.at(-1)).toMatchObject({ type: 'order.validation_dead', orderVersion: 3 });
  });

  test('that hangs is stopped in time, tried again, and dead when its attempts are used up', async () => {
    await using app = await startTestApp({ policy: hangingPolicy, validationTimeoutMs: 100, validationAttempts: 2 });
    await app.client.orders.create(buildOrder({ items: manyItems }));
    expect(await validateOrder(app.client, 1)).toMatchObject({
      state: 'dead',
      attempt: 2,
      error: 'The rules took longer than 100 ms.',
    });
  });

  test('that hangs does not keep the others from ending', async () => {
    await using app = await startTestApp({ policy: hangingPolicy, validationTimeoutMs: 100, validationAttempts: 1 });
    await app.client.orders.create(buildOrder({ items: manyItems }));
    await app.client.orders.create(buildOrder());
    await app.client.orders.validate({ orderId: 1 });
    expect(await validateOrder(app.client, 2)).toMatchObject({ state: 'passed' });
    expect(await waitForValidation(app.client, 1)).toMatchObject({ state: 'dead' });
  });

  test('ends for each of a hundred orders that are validated at once', async () => {
    await using app = await startTestApp({ validationThreads: 2 });
    const orders = await Promise.all(Array.from({ length: 100 }, () => app.client.orders.create(buildOrder())));
    const runs = await Promise.all(orders.map(({ id }) => validateOrder(app.client, id)));
    expect(new Set(runs.map(({ state }) => state))).toEqual(new Set(['passed']));
    expect(await app.client.stats.get()).toMatchObject({ orders: { VALIDATED: 100 }, openValidations: 0 });
  });

  test('is cancelled when the order is rejected, and its verdict no longer counts', async () => {
    await using app = await startHangingApp({ leaseMs: 60 });
    await waitUntil(
      () => app.client.validations.get({ validationId: 1 }),
      ({ state }) => state === 'running',
    );
    const rejected = await app.client.orders.reject({ orderId: 1, reason: 'Not wanted any more' });
    expect(rejected).toMatchObject({
      status: 'REJECTED',
      rejection: { by: { type: 'user' }, reason: 'Not wanted any more' },
      validation: { id: 1, state: 'cancelled' },
    });
    // Its thread comes free only because the lease that is no longer its own gives the attempt up.
    await app.client.orders.create(buildOrder());
    expect(await validateOrder(app.client, 2)).toMatchObject({ state: 'passed' });
    expect(await app.client.validations.get({ validationId: 1 })).toMatchObject({ state: 'cancelled' });
    expect(await app.client.orders.get({ orderId: 1 })).toEqual(rejected);
  });

  test('forbids edits while it is under way, and names itself', async () => {
    await using app = await startHangingApp();
    const problem = await catchProblem('validation-in-progress', app.client.orders.edit({ orderId: 1, note: 'x' }));
    expect(problem).toMatchObject({ status: 409, validationId: 1 });
    expect(await app.client.stats.get()).toMatchObject({ openValidations: 1 });
  });
});

describe('orders that are only tried', () => {
  test('do not keep validations waiting', async () => {
    await using app = await startTestApp({ policy: hangingPolicy, validationTimeoutMs: 60_000, validationThreads: 1 });
    const giveUp = new AbortController();
    const checks = Array.from({ length: 5 }, () =>
      app.client.policy.check(buildOrder({ items: manyItems }), { signal: giveUp.signal }).catch(() => undefined),
    );
    await app.client.orders.create(buildOrder());
    expect(await validateOrder(app.client, 1)).toMatchObject({ state: 'passed' });
    await catchProblem('unavailable', app.client.policy.check(buildOrder({ items: manyItems })));
    giveUp.abort();
    await Promise.all(checks);
  });
});

describe('a clock that was set back', () => {
  test('does not keep a validation waiting until it has caught up', async () => {
    await using database = await createTemporaryDatabase();
    const databaseUrl = database.url;
    {
      await using _app = await startHangingApp({ databaseUrl });
    }
    const hourMs = 3_600_000;
    await using app = await startTestApp({ databaseUrl, environment: { now: () => Date.now() - hourMs } });
    expect(await waitForValidation(app.client, 1)).toMatchObject({ state: 'passed' });
  });
});

describe('retrying', () => {
  const needsKey = toPolicyText("order.metadata.missing == 'x'");

  test('takes the present version of the order and counts attempts from 0', async () => {
    await using app = await startTestApp({ policy: needsKey });
    await app.client.orders.create(buildOrder());
    await validateOrder(app.client, 1);
    await app.client.orders.edit({ orderId: 1, metadata: { missing: 'x' } });
    const response = await app.request('/validations/1/retry', { method: 'POST' });
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ id: 1, state: 'queued', attempt: 0, orderVersion: 4, error: null });
    expect(await waitForValidation(app.client, 1)).toMatchObject({ state: 'passed', attempt: 1 });
    const { data } = await app.client.orders.events({ orderId: 1, limit: 100 });
    expect(data.map(({ type }) => type).slice(-2)).toEqual(['order.validation_started', 'order.validated']);
    expect(data.at(-2)?.data).toMatchObject({ isRetry: true });
  });

  test('is for the latest validation alone', async () => {
    await using app = await startTestApp({ policy: needsKey });
    await app.client.orders.create(buildOrder());
    await validateOrder(app.client, 1);
    await validateOrder(app.client, 1);
    const problem = await catchProblem('conflict', app.client.validations.retry({ validationId: 1 }));
    expect(problem.detail).toBe('Cannot retry validation 1: it is not the latest of its order');
  });

  test('is refused for a validation that has passed, or is not there', async () => {
    await using app = await startTestApp();
    await createValidatedOrder(app.client);
    await catchProblem('invalid-transition', app.client.validations.retry({ validationId: 1 }));
    await catchProblem('not-found', app.client.validations.retry({ validationId: 2 }));
  });
});

describe('the validations of an order', () => {
  test('are listed newest first, in pages', async () => {
    await using app = await startTestApp({ policy: toPolicyText("order.metadata.missing == 'x'") });
    await app.client.orders.create(buildOrder());
    for (let count = 0; count < 3; count += 1) await validateOrder(app.client, 1);
    const first = await app.client.orders.validations({ orderId: 1, limit: 2 });
    expect(first.data.map(({ id }) => id)).toEqual([3, 2]);
    const cursor = first.page.nextCursor ?? '';
    const second = await app.client.orders.validations({ orderId: 1, limit: 2, cursor });
    expect(second.data.map(({ id }) => id)).toEqual([1]);
  });

  test('are 404 where there is no order, or no such validation', async () => {
    await using app = await startTestApp();
    await catchProblem('not-found', app.client.orders.validations({ orderId: 1 }));
    await catchProblem('not-found', app.client.orders.events({ orderId: 1 }));
    await catchProblem('not-found', app.client.validations.get({ validationId: 1 }));
  });
});

describe('trying an order against the rules', () => {
  test('answers the findings and keeps nothing', async () => {
    await using app = await startTestApp();
    const { findings, error } = await app.client.policy.check(buildOrder({ items: failingItems }));
    expect(findings.map(({ rule }) => rule)).toEqual(['no-zero-prices', 'no-repeated-products']);
    expect(error).toBeNull();
    expect((await app.client.orders.list()).data).toEqual([]);
  });

  test.each([
    ['breaks', toPolicyText("order.metadata.missing == 'x'"), /No such key/],
    ['hangs', hangingPolicy, /took longer/],
  ])('says so where a rule %s', async (_, policy, error) => {
    await using app = await startTestApp({ policy, validationTimeoutMs: 100 });
    const check = await app.client.policy.check(buildOrder({ items: manyItems }));
    expect(check).toEqual({ findings: [], error: expect.stringMatching(error) });
  });
});
