// A page of another origin cannot drive the service on loopback, and a rebound name does not reach it.

import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { buildOrder } from '../kit/orders.ts';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ allowedHosts: ['orders.test'] });
});

afterAll(() => app[Symbol.asyncDispose]());

/** Sends a request with headers that `fetch` does not let through. */
async function statusWith(headers: Record<string, string>, path = '/orders', method = 'POST'): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const sent = request(app.url + path, { method, headers: { 'content-type': 'application/json', ...headers } });
  sent.on('response', (response) => resolve(response.resume().statusCode ?? 0)).on('error', reject);
  sent.end(method === 'POST' ? JSON.stringify(buildOrder()) : undefined);
  return promise;
}

describe('a request with an Origin', () => {
  test.each(['http://evil.test', 'http://localhost:1', 'https://127.0.0.1.evil.test', 'null', 'nonsense', ''])(
    '%j is refused, and creates nothing',
    async (origin) => {
      const before = await app.client.stats.get();
      expect(await statusWith({ origin })).toBe(403);
      expect(await app.client.stats.get()).toEqual(before);
    },
  );

  test('of its own is served, in any case', async () => {
    const { port } = new URL(app.url);
    expect(await statusWith({ origin: app.url })).toBe(201);
    expect(await statusWith({ host: `LocalHost:${port}`, origin: `http://localhost:${port}` })).toBe(201);
  });
});

test('a foreign page is told that it is one, before what else is wrong with its request, and stands in the log', async () => {
  const headers = { origin: 'http://evil.test', 'x-request-id': 'from-a-page' };
  expect(await statusWith(headers, '/orders?customerId=%zz', 'GET')).toBe(403);
  expect(app.logLines).toContainEqual(expect.objectContaining({ req: expect.objectContaining({ id: 'from-a-page' }) }));
});

describe('a request that a browser marks as cross-site', () => {
  test('is refused, also where it only reads', async () => {
    expect(await statusWith({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await statusWith({ 'sec-fetch-site': 'cross-site' }, '/orders', 'GET')).toBe(403);
    const frame = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' };
    expect(await statusWith(frame, '/docs/', 'GET')).toBe(403);
  });

  test('is served where a person follows a link to a page', async () => {
    const visit = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    expect(await statusWith(visit, '/docs/', 'GET')).toBe(200);
    expect(await statusWith(visit, '/orders', 'POST')).toBe(403);
  });
});

describe('a request for a host', () => {
  test.each([
    'evil.test',
    'evil.test:8000',
    'localhost.evil.test',
    '127.0.0.1.evil.test',
    '10.0.0.1',
    '[::2]:80',
    'a/.localhost',
  ])('%s is refused', async (host) => {
    expect(await statusWith({ host })).toBe(403);
  });

  test.each(['localhost', 'LOCALHOST:8000', '127.0.0.1:1', '[::1]:8000', 'orders.test', 'orders.test:443'])(
    '%s is served',
    async (host) => {
      expect(await statusWith({ host })).toBe(201);
    },
  );

  test('of any name may ask for its health: probes call by address', async () => {
    expect(await statusWith({ host: '10.0.0.7:8000' }, '/health', 'GET')).toBe(200);
    expect(await statusWith({ host: '10.0.0.7:8000' }, '/health/ready', 'GET')).toBe(200);
  });
});

test('a form of another page is refused by its type, even without any mark', async () => {
  expect(await statusWith({ 'content-type': 'text/plain' })).toBe(415);
});
