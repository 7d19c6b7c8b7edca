// The order in which a request is checked: a request with several errors is rejected for the first of them.

import { expect, test } from 'vitest';
import type { Scope } from '../../contract/scopes.ts';
import { buildOrder, validateOrder } from '../kit/http/orders.ts';
import { catchProblem } from '../kit/http/problems.ts';
import { createToken, toBearerHeader } from '../kit/http/tokens.ts';
import { startAuthenticatedApp } from '../kit/service/app.ts';
import { startHangingApp } from '../kit/service/hanging-app.ts';

type ApprovalRequest = { path: string; sub?: string; scope?: Scope; ifMatch?: string; key?: string; body?: object };

test('a request with several errors is rejected for the first one in the documented order of checks', async () => {
  await using app = await startAuthenticatedApp({ maxBodyBytes: 1_024 });
  const approve = async ({
    path,
    sub,
    scope = 'orders:approve',
    ifMatch,
    key,
    body,
  }: ApprovalRequest): Promise<string> => {
    const headers = {
      'content-type': 'application/json',
      ...(sub !== undefined && toBearerHeader(await createToken({ claims: { sub, scope } }))),
      ...(ifMatch !== undefined && { 'if-match': ifMatch }),
      ...(key !== undefined && { 'idempotency-key': key }),
    };
    const response = await app.request(path, { method: 'POST', headers, body: JSON.stringify(body ?? {}) });
    if (response.headers.has('idempotent-replayed')) return `replayed ${response.status}`;
    return (await response.json()).code ?? 'done';
  };
  const ann = app.clientAs('ann');
  await ann.orders.create(buildOrder());
  await ann.orders.create(buildOrder());
  await validateOrder(ann, 2);
  const [missing, created, ready] = ['/orders/9/approve', '/orders/1/approve', '/orders/2/approve'];

  const withAllErrors = { path: missing, ifMatch: '"7"', key: 'k', body: { unknown: true } };
  expect(await approve(withAllErrors)).toBe('unauthenticated');
  expect(await approve({ ...withAllErrors, sub: 'ann', scope: 'orders:read' })).toBe('forbidden');
  expect(await approve({ ...withAllErrors, sub: 'ann' })).toBe('invalid-request');
  const valid = { ...withAllErrors, sub: 'ann', body: {} };
  expect(await approve(valid)).toBe('not-found');
  expect(await approve({ ...valid, body: { unknown: true } })).toBe('invalid-request');
  expect(await approve(valid)).toBe('replayed 404');
  expect(await approve({ ...valid, path: created })).toBe('idempotency-key-reused');
  expect(await approve({ ...valid, path: created, key: 'l' })).toBe('invalid-transition');
  expect(await approve({ ...valid, path: ready, key: 'm' })).toBe('separation-of-duties');
  expect(await approve({ ...valid, path: ready, key: 'n', sub: 'ben' })).toBe('version-mismatch');
  expect(await approve({ ...valid, path: ready, key: 'o', sub: 'ben', ifMatch: '"3"' })).toBe('done');
});

test('a validation in progress is reported before a version mismatch', async () => {
  await using app = await startHangingApp();
  const edit = app.client.orders.edit({ orderId: 1, note: 'n' }, { ifMatch: 7 });
  expect(await catchProblem('validation-in-progress', edit)).toMatchObject({ validationId: 1 });
});
