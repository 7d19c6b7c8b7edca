// A page of another origin cannot send requests to the service on loopback, neither directly nor by DNS rebinding.

import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildOrder } from '../kit/http/orders.ts';
import { startTestApp, type TestApp } from '../kit/service/app.ts';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
});

afterAll(() => app[Symbol.asyncDispose]());

/** Sends a request with headers that `fetch` forbids. Returns the status of the response. */
async function sendWithHeaders(headers: Record<string, string>, path = '/orders', method = 'POST'): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const sent = request(app.url + path, { method, headers: { 'content-type': 'application/json', ...headers } });
  sent.on('response', (response) => resolve(response.resume().statusCode ?? 0)).on('error', reject);
  sent.end(method === 'POST' ? JSON.stringify(buildOrder()) : undefined);
  return promise;
}

describe('a request with an Origin header', () => {
  test.each(['http://evil.test', 'http://localhost:1', 'https://127.0.0.1.evil.test', 'null', 'nonsense', ''])(
    'a request with the foreign Origin %j is rejected, and creates nothing',
    async (origin) => {
      const before = await app.client.stats.get();
      expect(await sendWithHeaders({ origin })).toBe(403);
      expect(await app.client.stats.get()).toEqual(before);
    },
  );

  test('a request with the origin of the service is accepted, in upper or lower case', async () => {
    const { port } = new URL(app.url);
    expect(await sendWithHeaders({ origin: app.url })).toBe(201);
    expect(await sendWithHeaders({ host: `LocalHost:${port}`, origin: `http://localhost:${port}` })).toBe(201);
  });
});

test('a request from a foreign page is rejected before other errors are checked, and is logged', async () => {
  const headers = { origin: 'http://evil.test', 'x-request-id': 'from-a-page' };
  expect(await sendWithHeaders(headers, '/orders?customerId=%zz', 'GET')).toBe(403);
  expect(app.logLines).toContainEqual(
    expect.objectContaining({ req: expect.objectContaining({ clientRequestId: 'from-a-page' }) }),
  );
});

describe('a request that a browser marks as cross-site', () => {
  test('a cross-site request is rejected, even if it only reads', async () => {
    expect(await sendWithHeaders({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await sendWithHeaders({ 'sec-fetch-site': 'cross-site' }, '/orders', 'GET')).toBe(403);
    const frame = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' };
    expect(await sendWithHeaders(frame, '/docs/', 'GET')).toBe(403);
  });

  test('a cross-site navigation to a page is accepted', async () => {
    const visit = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    expect(await sendWithHeaders(visit, '/docs/', 'GET')).toBe(200);
    expect(await sendWithHeaders(visit, '/orders', 'POST')).toBe(403);
  });
});

test('a form post from another page is rejected by its content type, even without headers that mark its origin', async () => {
  expect(await sendWithHeaders({ 'content-type': 'text/plain' })).toBe(415);
});
