// A request that deserves several refusals gets the first of them: each mend of it uncovers the next.

import { expect, test } from 'vitest';
import type { Scope } from '../../contract/scopes.ts';
import { startAuthenticatedApp } from '../kit/app.ts';
import { startHangingApp } from '../kit/hanging-app.ts';
import { buildOrder, validateOrder } from '../kit/orders.ts';
import { catchProblem } from '../kit/problems.ts';
import { createToken, toBearerHeader } from '../kit/tokens.ts';

type Approval = { path: string; sub?: string; scope?: Scope; ifMatch?: string; key?: string; body?: object };

test('is asked who sends it, what they may, what it says, whether it came before, and last what the order allows', async () => {
  await using app = await startAuthenticatedApp({ maxBodyBytes: 1_024 });
  const approve = async ({ path, sub, scope = 'orders:approve', ifMatch, key, body }: Approval): Promise<string> => {
    const headers = {
      'content-type': 'application/json',
      ...(sub !== undefined && toBearerHeader(await createToken({ claims: { sub, scope } }))),
      ...(ifMatch !== undefined && { 'if-match': ifMatch }),
      ...(key !== undefined && { 'idempotency-key': key }),
    };
    const response = await app.request(path, { method: 'POST', headers, body: JSON.stringify(body ?? {}) });
    if (response.headers.has('idempotent-replayed')) return `again ${response.status}`;
    return (await response.json()).code ?? 'done';
  };
  const ann = app.clientAs('ann');
  await ann.orders.create(buildOrder());
  await ann.orders.create(buildOrder());
  await validateOrder(ann, 2);
  const [missing, created, ready] = ['/orders/9/approve', '/orders/1/approve', '/orders/2/approve'];

  const everything = { path: missing, ifMatch: '"7"', key: 'k', body: { unknown: true } };
  expect(await approve(everything)).toBe('unauthenticated');
  expect(await approve({ ...everything, sub: 'ann', scope: 'orders:read' })).toBe('forbidden');
  expect(await approve({ ...everything, sub: 'ann' })).toBe('invalid-request');
  const legible = { ...everything, sub: 'ann', body: {} };
  expect(await approve(legible)).toBe('not-found');
  expect(await approve({ ...legible, body: { unknown: true } })).toBe('invalid-request');
  expect(await approve(legible)).toBe('again 404');
  expect(await approve({ ...legible, path: created })).toBe('idempotency-key-reused');
  expect(await approve({ ...legible, path: created, key: 'l' })).toBe('invalid-transition');
  expect(await approve({ ...legible, path: ready, key: 'm' })).toBe('separation-of-duties');
  expect(await approve({ ...legible, path: ready, key: 'n', sub: 'ben' })).toBe('version-mismatch');
  expect(await approve({ ...legible, path: ready, key: 'o', sub: 'ben', ifMatch: '"3"' })).toBe('done');
});

test('is told of a validation under way before it is told of another version', async () => {
  await using app = await startHangingApp();
  const edit = app.client.orders.edit({ orderId: 1, note: 'n' }, { ifMatch: 7 });
  expect(await catchProblem('validation-in-progress', edit)).toMatchObject({ validationId: 1 });
});
