// The service at a path below the root of its host, behind a proxy that removes the path or passes it on.

import { describe, expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import { anyProblem } from '../../contract/problems/problem.ts';
import { readConfig } from '../../server/config/config.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { sendRaw } from '../kit/http/raw-http.ts';
import { startPathProxy } from '../kit/path-proxy.ts';
import { startTestApp } from '../kit/service/app.ts';

const basePath = '/orders-service';

async function startBehindProxy(keepsPath: boolean) {
  await using opening = new AsyncDisposableStack();
  const app = opening.use(
    await startTestApp({ basePath, webhookTargets: { isHttpAllowed: true, isPrivateAllowed: true } }),
  );
  const proxy = opening.use(await startPathProxy(app.url, { path: basePath, keepsPath }));
  const opened = opening.move();
  return { app, url: proxy.url, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

describe.each([
  ['removes', false],
  ['passes on', true],
])('behind a proxy that %s the base path', (verb, keepsPath) => {
  test(`the Location of a created resource can be followed if the proxy ${verb} the base path`, async () => {
    await using setup = await startBehindProxy(keepsPath);
    const post = async (path: string, body?: object, headers = {}) => {
      const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
      return fetch(setup.url + path, body ? { ...init, body: JSON.stringify(body) } : init);
    };
    const created = [
      await post('/orders', buildOrder()),
      await post('/orders', buildOrder(), { 'idempotency-key': 'once' }),
      await post('/orders', buildOrder(), { 'idempotency-key': 'once' }),
      await post('/orders/1/validate'),
      await post('/webhooks', { url: 'http://127.0.0.1:9/' }),
      await post('/webhooks/1/test'),
    ];
    const locations = created.map(({ headers }) => headers.get('location') ?? '');
    expect(locations.slice(0, 5)).toEqual([
      `${basePath}/orders/1`,
      `${basePath}/orders/2`,
      `${basePath}/orders/2`,
      `${basePath}/validations/1`,
      `${basePath}/webhooks/1`,
    ]);
    for (const location of locations) {
      expect((await fetch(new URL(location, setup.url))).status, location).toBe(200);
    }
  });

  test(`type and instance of a problem can be followed if the proxy ${verb} the base path`, async () => {
    await using setup = await startBehindProxy(keepsPath);
    const response = await fetch(`${setup.url}/orders/7?x=1`);
    const problem = anyProblem.parse(await response.json());
    expect(problem).toMatchObject({ type: `${basePath}/problems/invalid-request`, instance: `${basePath}/orders/7` });
    expect(await (await fetch(new URL(String(problem.type), setup.url))).json()).toMatchObject({ code: problem.code });
    const unknown = await (await fetch(`${setup.url}/nowhere`)).json();
    expect(unknown).toMatchObject({
      detail: `Path ${basePath}/nowhere does not exist`,
      instance: `${basePath}/nowhere`,
    });
  });

  test(`the SDK and its event stream work if the proxy ${verb} the base path`, async () => {
    await using setup = await startBehindProxy(keepsPath);
    for (const baseUrl of [setup.url, `${setup.url}/`]) {
      const client = createClient({ baseUrl, maxRetries: 0 });
      const { id } = await client.orders.create(buildOrder());
      expect(await client.orders.get({ orderId: id })).toMatchObject({ id });
      for await (const event of client.events.stream({ orderId: id, after: 0 })) {
        expect(event).toMatchObject({ type: 'order.created', orderId: id });
        break;
      }
    }
  });

  test(`the OpenAPI document names the base path as server if the proxy ${verb} it`, async () => {
    await using setup = await startBehindProxy(keepsPath);
    const document = await (await fetch(`${setup.url}/openapi.json`)).json();
    expect(document.servers).toEqual([{ url: basePath, description: 'This service' }]);
  });

  test(`/docs redirects to a page below the base path if the proxy ${verb} it`, async () => {
    await using setup = await startBehindProxy(keepsPath);
    const response = await fetch(`${setup.url}/docs`);
    expect(response.url).toBe(`${setup.url}/docs/`);
    expect(await response.text()).toContain('swagger-ui');
  });
});

test('without a base path, the OpenAPI document names the root as server', async () => {
  await using app = await startTestApp();
  expect(await app.client.documentation.openapi()).toMatchObject({ servers: [{ url: '/' }] });
});

test('a path that only begins with the characters of the base path is not below it', async () => {
  await using app = await startTestApp({ basePath });
  expect((await fetch(`${app.url}${basePath}2/orders`)).status).toBe(404);
  expect((await fetch(`${app.url}${basePath}${basePath}/orders`)).status).toBe(404);
  expect((await fetch(`${app.url}${basePath}/orders`)).status).toBe(200);
});

test('a probe reaches the health checks with and without the base path', async () => {
  await using app = await startTestApp({ basePath, isHttpsRequired: true, trustedProxies: 1 });
  for (const path of ['/health', '/health/ready', `${basePath}/health`, `${basePath}/health/ready`]) {
    expect((await fetch(app.url + path)).status).toBe(200);
  }
  expect((await fetch(`${app.url}${basePath}/orders`)).status).toBe(403);
});

test('the problem of a request that cannot be parsed has a type below the base path', async () => {
  await using app = await startTestApp({ basePath });
  const { body } = await sendRaw(app.url, 'nonsense\r\n\r\n');
  expect(body).toMatchObject({ type: `${basePath}/problems/invalid-request`, instance: '' });
});

test('X-Forwarded-Prefix of a client has no effect on Location', async () => {
  await using app = await startTestApp({ trustedProxies: 1 });
  const response = await app.request('/orders', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-prefix': '//evil.example' },
    body: JSON.stringify(buildOrder()),
  });
  expect(response.headers.get('location')).toBe('/orders/1');
});

describe('the configuration of the base path', () => {
  test.each([
    [undefined, ''],
    ['/', ''],
    ['/orders-service', '/orders-service'],
    ['/orders-service/', '/orders-service'],
    ['/shop/v1.0/orders', '/shop/v1.0/orders'],
  ])('BASE_PATH=%j is valid', (BASE_PATH, path) => {
    expect(readConfig({ BASE_PATH }).basePath).toBe(path);
  });

  test.each([
    'orders-service',
    '//evil.example',
    '/a//b',
    '/a/../b',
    '/.',
    '/a b',
    '/a?b',
    '/a#b',
    '/ä',
    '/%61',
    'https://example.org/a',
    '/a//',
  ])('BASE_PATH=%j is invalid', (BASE_PATH) => {
    expect(() => readConfig({ BASE_PATH })).toThrow('BASE_PATH: must be a path as in /orders-service');
  });

  test.each(['/orders', '/docs/a', '/assets', '/health', '/openapi.json'])(
    'BASE_PATH=%j is rejected, because it begins like a path of the service',
    (BASE_PATH) => {
      expect(() => readConfig({ BASE_PATH })).toThrow('which is a path of the service itself');
    },
  );
});
