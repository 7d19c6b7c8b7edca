// Background validations through the API: passed, failed, dead, cancelled and retried. Every validation ends.

import { describe, expect, test } from 'vitest';
import { createTemporaryDatabase } from '../kit/database/database.ts';
import {
  buildOrder,
  createValidatedOrder,
  failingItems,
  validateOrder,
  waitForValidation,
} from '../kit/http/orders.ts';
import { catchProblem } from '../kit/http/problems.ts';
import { startTestApp } from '../kit/service/app.ts';
import { startHangingApp } from '../kit/service/hanging-app.ts';
import {
  failingMetadata,
  failingPolicy,
  hangingPolicy,
  manyItems,
  toPolicyText,
} from '../kit/service/hanging-policy.ts';

describe('a validation', () => {
  test('a validation returns its URL at once, and its order becomes VALIDATED if every rule is true', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder());
    const response = await app.request('/orders/1/validate', { method: 'POST' });
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe('/validations/1');
    expect(await response.json()).toMatchObject({
      message: 'validation started',
      validation: { id: 1, orderId: 1, orderVersion: 1, state: 'running', attempt: 1, maxAttempts: 5, findings: [] },
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

  test('a failed validation rejects the order with a finding for each rule that is false', async () => {
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
      rejection: { by: { type: 'system', id: 'validation' }, reason: 'The order violates 2 rules.', findings },
    });
  });

  test('a validation records the version of its policy', async () => {
    await using app = await startTestApp();
    const { version } = await app.client.policy.get();
    await app.client.orders.create(buildOrder());
    expect(await validateOrder(app.client, 1)).toMatchObject({ policyVersion: version });
  });

  test.each([
    ['throws', failingPolicy, /^rule the-rule failed: int\(\) cannot convert a text that is not an integer$/],
    [
      'returns no boolean',
      toPolicyText('has(order.metadata.level) ? dyn(order.total) : true'),
      /^rule the-rule yielded no boolean$/,
    ],
  ])(
    'a validation is dead at once with a warning if a rule %s, and the order stays CREATED',
    async (_, policy, error) => {
      await using app = await startTestApp({ policy });
      await app.client.orders.create(buildOrder({ metadata: failingMetadata }));
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
      expect(app.logLines.filter(({ msg }) => msg.startsWith('validation is dead'))).toMatchObject([
        { level: 40, orderId: 1, runId: 1, error: expect.stringMatching(error) },
      ]);
    },
  );

  test('a validation that hangs is interrupted in time, attempted again, and dead after its last attempt', async () => {
    await using app = await startTestApp({ policy: hangingPolicy, validationTimeoutMs: 100, validationAttempts: 2 });
    await app.client.orders.create(buildOrder({ items: manyItems }));
    expect(await validateOrder(app.client, 1)).toMatchObject({
      state: 'dead',
      attempt: 2,
      error: 'The rules took longer than 100 ms.',
    });
  });

  test('a validation that hangs does not block other validations', async () => {
    await using app = await startTestApp({ policy: hangingPolicy, validationTimeoutMs: 100, validationAttempts: 1 });
    await app.client.orders.create(buildOrder({ items: manyItems }));
    await app.client.orders.create(buildOrder());
    await app.client.orders.validate({ orderId: 1 });
    expect(await validateOrder(app.client, 2)).toMatchObject({ state: 'passed' });
    expect(await waitForValidation(app.client, 1)).toMatchObject({ state: 'dead' });
  });

  test('each of a hundred concurrent validations ends', async () => {
    await using app = await startTestApp({ validationThreads: 2 });
    const orders = await Promise.all(Array.from({ length: 100 }, () => app.client.orders.create(buildOrder())));
    const runs = await Promise.all(orders.map(({ id }) => validateOrder(app.client, id)));
    expect(new Set(runs.map(({ state }) => state))).toEqual(new Set(['passed']));
    expect(await app.client.stats.get()).toMatchObject({ orders: { VALIDATED: 100 }, openValidations: 0 });
  });

  test('validations begin with their commit while there is capacity, and the others are queued', async () => {
    await using app = await startTestApp({ policy: hangingPolicy, validationTimeoutMs: 60_000 });
    const newOrders = Array.from({ length: 130 }, () => app.client.orders.create(buildOrder({ items: manyItems })));
    const orders = await Promise.all(newOrders);
    const validations = await Promise.all(orders.map(({ id: orderId }) => app.client.orders.validate({ orderId })));
    const attempts = validations.map(({ validation: { state, attempt } }) => `${state} ${attempt}`);
    const begun = attempts.filter((text) => text === 'running 1').length;
    expect(attempts.filter((text) => text === 'queued 0')).toHaveLength(attempts.length - begun);
    // The capacity depends on the measured speed of the rules, and never exceeds the limit of open claims.
    expect(begun).toBeGreaterThan(0);
    expect(begun).toBeLessThanOrEqual(128);
  });

  test('a validation with a single attempt is queued until a thread is free', async () => {
    await using app = await startTestApp({ validationAttempts: 1 });
    await app.client.orders.create(buildOrder());
    const { validation } = await app.client.orders.validate({ orderId: 1 });
    expect(validation).toMatchObject({ state: 'queued', attempt: 0 });
    expect(await waitForValidation(app.client, 1)).toMatchObject({ state: 'passed', attempt: 1 });
  });

  test('rejecting an order cancels its validation, whose result no longer counts', async () => {
    // No lease is renewed during the test.
    await using app = await startHangingApp({ leaseMs: 600_000, validationThreads: 1 });
    const rejected = await app.client.orders.reject({ orderId: 1, reason: 'Not wanted any more' });
    expect(rejected).toMatchObject({
      status: 'REJECTED',
      rejection: { by: { type: 'user' }, reason: 'Not wanted any more' },
      validation: { id: 1, state: 'cancelled' },
    });
    // Its thread becomes free only because the commit of the rejection cancels the attempt.
    await app.client.orders.create(buildOrder());
    expect(await validateOrder(app.client, 2)).toMatchObject({ state: 'passed' });
    expect(await app.client.validations.get({ validationId: 1 })).toMatchObject({ state: 'cancelled' });
    expect(await app.client.orders.get({ orderId: 1 })).toEqual(rejected);
  });

  test('an order cannot be edited during its validation, and the problem names the validation', async () => {
    await using app = await startHangingApp();
    const problem = await catchProblem('validation-in-progress', app.client.orders.edit({ orderId: 1, note: 'x' }));
    expect(problem).toMatchObject({ status: 409, validationId: 1 });
    expect(await app.client.stats.get()).toMatchObject({ openValidations: 1 });
  });
});

describe('policy checks', () => {
  test('policy checks do not delay validations', async () => {
    await using app = await startTestApp({ policy: hangingPolicy, validationTimeoutMs: 60_000, validationThreads: 1 });
    const cancellation = new AbortController();
    const checks = Array.from({ length: 5 }, () =>
      app.client.policy.check(buildOrder({ items: manyItems }), { signal: cancellation.signal }).catch(() => undefined),
    );
    await app.client.orders.create(buildOrder());
    expect(await validateOrder(app.client, 1)).toMatchObject({ state: 'passed' });
    await catchProblem('unavailable', app.client.policy.check(buildOrder({ items: manyItems })));
    cancellation.abort();
    await Promise.all(checks);
  });
});

describe('a clock that was set back', () => {
  test('a validation does not wait until a clock that was set back has caught up', async () => {
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

describe('a retry', () => {
  test('a retry validates the current version of the order and counts attempts anew', async () => {
    await using app = await startTestApp({ policy: failingPolicy });
    await app.client.orders.create(buildOrder({ metadata: failingMetadata }));
    await validateOrder(app.client, 1);
    await app.client.orders.edit({ orderId: 1, metadata: { level: '1' } });
    const response = await app.request('/validations/1/retry', { method: 'POST' });
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ id: 1, state: 'running', attempt: 1, orderVersion: 4, error: null });
    expect(await waitForValidation(app.client, 1)).toMatchObject({ state: 'passed', attempt: 1 });
    const { data } = await app.client.orders.events({ orderId: 1, limit: 100 });
    expect(data.map(({ type }) => type).slice(-2)).toEqual(['order.validation_started', 'order.validated']);
    expect(data.at(-2)?.data).toMatchObject({ isRetry: true });
  });

  test('only the latest validation of an order can be retried', async () => {
    await using app = await startTestApp({ policy: failingPolicy });
    await app.client.orders.create(buildOrder({ metadata: failingMetadata }));
    await validateOrder(app.client, 1);
    await validateOrder(app.client, 1);
    const problem = await catchProblem('conflict', app.client.validations.retry({ validationId: 1 }));
    expect(problem.detail).toBe('Cannot retry validation 1: it is not the latest of its order');
  });

  test('a passed or unknown validation cannot be retried', async () => {
    await using app = await startTestApp();
    await createValidatedOrder(app.client);
    await catchProblem('invalid-transition', app.client.validations.retry({ validationId: 1 }));
    await catchProblem('not-found', app.client.validations.retry({ validationId: 2 }));
  });
});

describe('the validations of an order', () => {
  test('the validations of an order are listed newest first, in pages', async () => {
    await using app = await startTestApp({ policy: failingPolicy });
    await app.client.orders.create(buildOrder({ metadata: failingMetadata }));
    for (let count = 0; count < 3; count += 1) await validateOrder(app.client, 1);
    const first = await app.client.orders.validations({ orderId: 1, limit: 2 });
    expect(first.data.map(({ id }) => id)).toEqual([3, 2]);
    const cursor = first.page.nextCursor ?? '';
    const second = await app.client.orders.validations({ orderId: 1, limit: 2, cursor });
    expect(second.data.map(({ id }) => id)).toEqual([1]);
  });

  test('an unknown validation, and the validations and events of an unknown order, are not found', async () => {
    await using app = await startTestApp();
    await catchProblem('not-found', app.client.orders.validations({ orderId: 1 }));
    await catchProblem('not-found', app.client.orders.events({ orderId: 1 }));
    await catchProblem('not-found', app.client.validations.get({ validationId: 1 }));
  });
});

describe('a policy check', () => {
  test('a policy check returns the findings and stores nothing', async () => {
    await using app = await startTestApp();
    const { findings, error } = await app.client.policy.check(buildOrder({ items: failingItems }));
    expect(findings.map(({ rule }) => rule)).toEqual(['no-zero-prices', 'no-repeated-products']);
    expect(error).toBeNull();
    expect((await app.client.orders.list()).data).toEqual([]);
  });

  test.each([
    ['throws', failingPolicy, /int\(\) cannot convert a text that is not an integer/],
    ['hangs', hangingPolicy, /took longer/],
  ])('a policy check reports the error if a rule %s', async (_, policy, error) => {
    await using app = await startTestApp({ policy, validationTimeoutMs: 100 });
    const check = await app.client.policy.check(buildOrder({ items: manyItems, metadata: failingMetadata }));
    expect(check).toEqual({ findings: [], error: expect.stringMatching(error) });
  });
});
