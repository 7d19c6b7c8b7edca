// A command is done on the version that its caller has seen, where the caller names it (RFC 9110, section 13).

import { describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from './kit/app.ts';
import { anOrder, aValidatedOrder } from './kit/orders.ts';
import { problemOf } from './kit/problems.ts';

async function edit(app: TestApp, ifMatch: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', 'if-match': ifMatch };
  return app.request('/orders/1', { method: 'PUT', headers, body: JSON.stringify({ note: ifMatch.slice(0, 100) }) });
}

/** An order in version 2. */
async function startWithOrder(): Promise<TestApp> {
  const app = await startTestApp();
  await app.client.orders.create(anOrder());
  await app.client.orders.edit({ orderId: 1, note: 'first' });
  return app;
}

describe('If-Match', () => {
  test.each(['"2"', '*', ' * ', '"1", "2"', '"1","2"', ', "2" ,', 'W/"2", "2"', '"x,y", "2"', '\t"2"'])(
    'lets %j through',
    async (ifMatch) => {
      await using app = await startWithOrder();
      const response = await edit(app, ifMatch);
      expect(response.status).toBe(200);
      expect(response.headers.get('etag')).toBe('"3"');
    },
  );

  test.each(['"1"', '"3"', 'W/"2"', '"02"', '"two"', '"1", "3"', '"-2"', '"2,"'])(
    'finds that %j is not the version, and nothing changes',
    async (ifMatch) => {
      await using app = await startWithOrder();
      const response = await edit(app, ifMatch);
      expect(response.status).toBe(412);
      expect(await response.json()).toMatchObject({ code: 'version-mismatch', currentVersion: 2 });
      expect(await app.client.orders.get({ orderId: 1 })).toMatchObject({ version: 2, note: 'first' });
    },
  );

  test.each(['2', '"2', '', ',', '"1" "2"', 'w/"2"', '"1", 2', '*, "2"', '"2 "'])(
    'refuses %j, which is no list',
    async (ifMatch) => {
      await using app = await startWithOrder();
      const response = await edit(app, ifMatch);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ errors: [{ pointer: '/header/if-match' }] });
    },
  );

  test('guards every command on an order, through the SDK as an option', async () => {
    await using app = await startTestApp();
    const { id: orderId, version } = await aValidatedOrder(app.client);
    const { orders } = app.client;
    const stale = { ifMatch: version - 1 };
    for (const call of [orders.approve({ orderId }, stale), orders.reject({ orderId }, stale)]) {
      expect(await problemOf('version-mismatch', call)).toMatchObject({ currentVersion: version });
    }
    expect(await orders.approve({ orderId }, { ifMatch: version })).toMatchObject({ status: 'APPROVED' });
    await orders.create(anOrder());
    await problemOf('version-mismatch', orders.validate({ orderId: 2 }, { ifMatch: 2 }));
    await problemOf('version-mismatch', orders.edit({ orderId: 2 }, { ifMatch: 2 }));
    expect(await orders.get({ orderId: 2 })).toMatchObject({ version: 1, validation: null });
  });

  test('is judged after everything that the state of the order forbids', async () => {
    await using app = await startWithOrder();
    const { orders } = app.client;
    await problemOf('not-found', orders.approve({ orderId: 9 }, { ifMatch: 7 }));
    await problemOf('invalid-transition', orders.approve({ orderId: 1 }, { ifMatch: 7 }));
  });

  test('lets one of many win who have seen the same version', async () => {
    await using app = await startWithOrder();
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, index) =>
        app.client.orders.edit({ orderId: 1, note: `by ${index}` }, { ifMatch: 2 }).then(
          () => 'done',
          ({ code }) => code,
        ),
      ),
    );
    expect(answers.filter((answer) => answer === 'done')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'version-mismatch')).toHaveLength(19);
  });
});

describe('separation of duties', () => {
  test('is off where nobody is asked who they are', async () => {
    await using app = await startTestApp();
    const { id: orderId } = await aValidatedOrder(app.client);
    expect(await app.client.orders.approve({ orderId })).toMatchObject({ status: 'APPROVED' });
  });

  test('keeps whoever has created an order from approving it, but not from rejecting it', async () => {
    await using app = await startTestApp({ dutiesAreSeparate: true });
    const { id: orderId, version } = await aValidatedOrder(app.client);
    await problemOf('separation-of-duties', app.client.orders.approve({ orderId }, { ifMatch: version - 1 }));
    expect(await app.client.orders.get({ orderId })).toMatchObject({ status: 'VALIDATED', version });
    expect(await app.client.orders.reject({ orderId })).toMatchObject({ status: 'REJECTED' });
  });
});
