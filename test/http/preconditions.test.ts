// Preconditions on a command: the expected version (If-Match; RFC 9110, section 13) and separation of duties.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../server/config/config.ts';
import { buildOrder, createValidatedOrder, validateOrder } from '../kit/http/orders.ts';
import { catchProblem } from '../kit/http/problems.ts';
import { tokenSecret } from '../kit/http/tokens.ts';
import { startAuthenticatedApp, startTestApp, type TestApp } from '../kit/service/app.ts';
import { failingMetadata, failingPolicy } from '../kit/service/hanging-policy.ts';

/** Creates an order in version 2 and returns its id. */
async function createEditedOrder({ client }: TestApp): Promise<number> {
  const { id: orderId } = await client.orders.create(buildOrder());
  await client.orders.edit({ orderId, note: 'first' });
  return orderId;
}

/** Starts a service with order 1 in version 2. */
async function startWithOrder(): Promise<TestApp> {
  const app = await startTestApp();
  await createEditedOrder(app);
  return app;
}

describe('the values of If-Match', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app[Symbol.asyncDispose]());

  /** Edits a new order in version 2. */
  async function sendEdit(ifMatch: string): Promise<{ orderId: number; response: Response }> {
    const orderId = await createEditedOrder(app);
    const headers = { 'content-type': 'application/json', 'if-match': ifMatch };
    const body = JSON.stringify({ note: ifMatch.slice(0, 100) });
    return { orderId, response: await app.request(`/orders/${orderId}`, { method: 'PUT', headers, body }) };
  }

  test.each(['"2"', '*', ' * ', '"1", "2"', '"1","2"', ', "2" ,', 'W/"2", "2"', '"x,y", "2"', '\t"2"'])(
    'If-Match %j matches version 2',
    async (ifMatch) => {
      const { response } = await sendEdit(ifMatch);
      expect(response.status).toBe(200);
      expect(response.headers.get('etag')).toBe('"3"');
    },
  );

  test.each(['"1"', '"3"', 'W/"2"', '"02"', '"two"', '"1", "3"', '"-2"', '"2,"'])(
    'If-Match %j does not match version 2, and nothing changes',
    async (ifMatch) => {
      const { orderId, response } = await sendEdit(ifMatch);
      expect(response.status).toBe(412);
      expect(await response.json()).toMatchObject({ code: 'version-mismatch', currentVersion: 2 });
      expect(await app.client.orders.get({ orderId })).toMatchObject({ version: 2, note: 'first' });
    },
  );

  test.each([
    ['"1"', /^The order has changed: its ETag is "2"\.$/],
    ['"9", "1"', /^The order has changed/],
    ['W/"2"', /^If-Match names no version of the order: /],
    ['"abc"', /^If-Match names no version of the order: /],
    ['"3"', /^If-Match names no version of the order: /],
  ])('the rejection of If-Match %j tells a stale version from a tag that names none', async (ifMatch, detail) => {
    const { response } = await sendEdit(ifMatch);
    expect((await response.json()).detail).toMatch(detail);
  });

  test.each(['2', '"2', '', ',', '"1" "2"', 'w/"2"', '"1", 2', '*, "2"', '"2 "'])(
    'If-Match %j is malformed and is 400',
    async (ifMatch) => {
      const { response } = await sendEdit(ifMatch);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ errors: [{ pointer: '/header/if-match' }] });
    },
  );
});

describe('If-Match', () => {
  test('every command on an order supports If-Match, set as an option of the SDK call', async () => {
    await using app = await startTestApp();
    const { id: orderId, version } = await createValidatedOrder(app.client);
    const { orders } = app.client;
    const stale = { ifMatch: version - 1 };
    for (const call of [orders.approve({ orderId }, stale), orders.reject({ orderId }, stale)]) {
      expect(await catchProblem('version-mismatch', call)).toMatchObject({ currentVersion: version });
    }
    expect(await orders.approve({ orderId }, { ifMatch: version })).toMatchObject({ status: 'APPROVED' });
    await orders.create(buildOrder());
    await catchProblem('version-mismatch', orders.validate({ orderId: 2 }, { ifMatch: 2 }));
    await catchProblem('version-mismatch', orders.edit({ orderId: 2 }, { ifMatch: 2 }));
    expect(await orders.get({ orderId: 2 })).toMatchObject({ version: 1, validation: null });
  });

  test('a refusal by the workflow is reported before a version mismatch', async () => {
    await using app = await startWithOrder();
    const { orders } = app.client;
    await catchProblem('not-found', orders.approve({ orderId: 9 }, { ifMatch: 7 }));
    await catchProblem('invalid-transition', orders.approve({ orderId: 1 }, { ifMatch: 7 }));
  });

  test('a reference conflict is reported before a version mismatch', async () => {
    await using app = await startWithOrder();
    await app.client.orders.create(buildOrder({ reference: 'PO-1' }));
    await catchProblem('conflict', app.client.orders.edit({ orderId: 1, reference: 'PO-1' }, { ifMatch: 7 }));
    await catchProblem('version-mismatch', app.client.orders.edit({ orderId: 1, note: 'first' }, { ifMatch: 7 }));
  });

  test('the retry of a dead validation supports If-Match', async () => {
    await using app = await startTestApp({ policy: failingPolicy });
    await app.client.orders.create(buildOrder({ metadata: failingMetadata }));
    await validateOrder(app.client, 1);
    const retry = (ifMatch: number) => app.client.validations.retry({ validationId: 1 }, { ifMatch });
    expect(await catchProblem('version-mismatch', retry(2))).toMatchObject({ currentVersion: 3 });
    expect(await retry(3)).toMatchObject({ id: 1, state: 'running' });
  });

  test('one of many concurrent edits of the same version succeeds', async () => {
    await using app = await startWithOrder();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, async (_, index) =>
        app.client.orders.edit({ orderId: 1, note: `by ${index}` }, { ifMatch: 2 }).then(
          () => 'done',
          ({ code }) => code,
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'version-mismatch')).toHaveLength(19);
  });
});

describe('separation of duties', () => {
  test('without authentication there is no separation of duties', async () => {
    await using app = await startTestApp();
    const { id: orderId } = await createValidatedOrder(app.client);
    expect(await app.client.orders.approve({ orderId })).toMatchObject({ status: 'APPROVED' });
  });

  test('with authentication a contributor of an order may reject it but not approve it', async () => {
    await using app = await startAuthenticatedApp();
    const [ann, ben, eve] = [app.clientAs('ann'), app.clientAs('ben'), app.clientAs('eve')];
    await ann.orders.create(buildOrder());
    await ben.orders.edit({ orderId: 1, note: 'edited' });
    await eve.orders.edit({ orderId: 1, note: 'edited' });
    await validateOrder(eve, 1);
    const { version } = await ann.orders.get({ orderId: 1 });
    for (const contributor of [ann, ben]) {
      await catchProblem('separation-of-duties', contributor.orders.approve({ orderId: 1 }, { ifMatch: version - 1 }));
    }
    expect(await ann.orders.get({ orderId: 1 })).toMatchObject({ status: 'VALIDATED', version });
    expect(await eve.orders.approve({ orderId: 1 })).toMatchObject({ status: 'APPROVED' });
    await ann.orders.create(buildOrder());
    expect(await ann.orders.reject({ orderId: 2 })).toMatchObject({ rejection: { by: { id: 'ann' } } });
  });

  test.each([
    [{}, false],
    [{ JWT_SECRET: tokenSecret }, true],
    [{ JWT_SECRET: tokenSecret, SEPARATION_OF_DUTIES: 'off' }, false],
    [{ JWT_SECRET: tokenSecret, SEPARATION_OF_DUTIES: 'on' }, true],
  ])('separation of duties with the configuration %o is %s', (environment, isOn) => {
    expect(readConfig(environment).hasSeparationOfDuties).toBe(isOn);
  });

  test.each([{}, { JWT_SECRET: tokenSecret, AUTH: 'off' }])(
    'separation of duties without authentication is a configuration error: %o',
    (environment) => {
      expect(() => readConfig({ ...environment, SEPARATION_OF_DUTIES: 'on' })).toThrow('SEPARATION_OF_DUTIES');
    },
  );

  test('separation of duties can be disabled', async () => {
    await using app = await startAuthenticatedApp({ hasSeparationOfDuties: false });
    const { id: orderId } = await createValidatedOrder(app.clientAs('ann'));
    expect(await app.clientAs('ann').orders.approve({ orderId })).toMatchObject({ status: 'APPROVED' });
  });

  test('a refusal by separation of duties is stored under the idempotency key of its caller', async () => {
    await using app = await startAuthenticatedApp();
    const { id: orderId } = await createValidatedOrder(app.clientAs('ann'));
    const approve = () => app.clientAs('ann').orders.approve({ orderId }, { idempotencyKey: 'k' });
    const first = await catchProblem('separation-of-duties', approve());
    expect(await catchProblem('separation-of-duties', approve())).toEqual(first);
    expect(await app.clientAs('ben').orders.approve({ orderId }, { idempotencyKey: 'k' })).toMatchObject({
      status: 'APPROVED',
    });
  });
});
