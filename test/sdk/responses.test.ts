// The response details of the SDK: status, headers and replays, conditional reads, hooks, and the User-Agent.

import { describe, expect, test } from 'vitest';
import { createClient, type RequestInfo, type ResponseInfo, version } from '../../client/index.ts';
import { contractFetch } from '../kit/http/contract-fetch.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { startHttpServer } from '../kit/local-server.ts';
import { startTestApp } from '../kit/service/app.ts';

describe('withResponse', () => {
  test('a call returns its status, ETag, request id and attempts on request', async () => {
    await using app = await startTestApp();
    const response = await app.client.orders.create(buildOrder()).withResponse();
    expect(response).toMatchObject({ status: 201, etag: '"1"', isReplayed: false, attempts: 1, data: { id: 1 } });
    expect(response.headers.get('location')).toBe('/orders/1');
    expect(response.requestId).toBe(response.headers.get('x-request-id'));
    expect(response.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('a stored response of the same key is marked as replayed', async () => {
    await using app = await startTestApp();
    const create = () => app.client.orders.create(buildOrder(), { idempotencyKey: 'k' }).withResponse();
    const [first, second] = [await create(), await create()];
    expect([first.isReplayed, second.isReplayed]).toEqual([false, true]);
    expect(second.data).toEqual(first.data);
  });

  test('a failure rejects only the promise that was asked for', async () => {
    await using app = await startTestApp();
    const unhandled: unknown[] = [];
    const record = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', record);
    try {
      await expect(app.client.orders.get({ orderId: 9 }).withResponse()).rejects.toMatchObject({ code: 'not-found' });
      await expect(app.client.orders.list({ limit: 500 }).withResponse()).rejects.toMatchObject({ status: 400 });
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off('unhandledRejection', record);
    }
    expect(unhandled).toEqual([]);
  });
});

describe('conditional reads', () => {
  test('a read of a version that the caller has returns undefined with status 304', async () => {
    await using app = await startTestApp();
    const { version: ifNoneMatch } = await app.client.orders.create(buildOrder());
    const read = () => app.client.orders.get({ orderId: 1 }, { ifNoneMatch }).withResponse();
    expect(await read()).toMatchObject({ data: undefined, status: 304, etag: '"1"' });
    await app.client.orders.edit({ orderId: 1, note: 'changed' });
    expect(await read()).toMatchObject({ data: { version: 2 }, status: 200, etag: '"2"' });
  });

  test('a 304 that the caller asks for by a header is a result, too', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder());
    expect(await app.client.orders.get({ orderId: 1 }, { headers: { 'If-None-Match': '*' } })).toBeUndefined();
  });
});

describe('hooks', () => {
  test('hooks see the operation, the request and the response, and can add headers', async () => {
    await using app = await startTestApp();
    const requests: RequestInfo[] = [];
    const responses: ResponseInfo[] = [];
    const client = createClient({
      baseUrl: app.url,
      fetch: contractFetch,
      onRequest: (request) => {
        request.headers.set('x-request-id', 'from-hook');
        requests.push(request);
      },
      onResponse: (response) => void responses.push(response),
    });
    await client.orders.create(buildOrder());
    await client.orders.get({ orderId: 9 }).catch(() => {});
    expect(requests).toMatchObject([
      { operation: 'orders.create', method: 'POST', url: `${app.url}/orders`, attempt: 1 },
      { operation: 'orders.get', method: 'GET', url: `${app.url}/orders/9`, attempt: 1 },
    ]);
    expect(responses.map(({ operation, status }) => [operation, status])).toEqual([
      ['orders.create', 201],
      ['orders.get', 404],
    ]);
    for (const { requestId, responseHeaders, durationMs } of responses) {
      expect(requestId).toBe(responseHeaders.get('x-request-id'));
      expect(durationMs).toBeGreaterThanOrEqual(0);
    }
    const { data } = await client.orders.events({ orderId: 1 });
    expect(data[0]?.clientRequestId).toBe('from-hook');
  });

  test('hooks see each connection of a stream', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder());
    const seen: unknown[] = [];
    const client = createClient({
      baseUrl: app.url,
      onRequest: ({ operation, attempt }) => void seen.push([operation, attempt]),
      onResponse: ({ operation, status }) => void seen.push([operation, status]),
    });
    for await (const _ of client.events.stream({ after: 0 })) break;
    expect(seen).toEqual([
      ['events.stream', 1],
      ['events.stream', 200],
    ]);
  });

  test('an error of a hook is thrown by the call, and nothing is sent again', async () => {
    await using app = await startTestApp();
    let count = 0;
    const onResponse = () => {
      count += 1;
      throw new Error('hook failed');
    };
    await expect(createClient({ baseUrl: app.url, onResponse }).stats.get()).rejects.toThrow('hook failed');
    expect(count).toBe(1);
  });
});

test('the User-Agent names the SDK and Node with their versions, and can be replaced', async () => {
  const seen: unknown[] = [];
  await using server = await startHttpServer((request, response) => {
    seen.push(request.headers['user-agent']);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}');
  });
  const client = createClient({ baseUrl: server.url });
  await client.health.live();
  await client.health.live({}, { headers: { 'User-Agent': 'shop/1.0' } });
  expect(seen).toEqual([`order-workflow-client/${version} node/${process.versions.node}`, 'shop/1.0']);
});
