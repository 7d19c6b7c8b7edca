// Retries of the SDK: which requests are repeated, after which failures, when, and with which idempotency key.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { type ClientEnvironment, createClient, type RetryInfo } from '../../client/index.ts';
import { startFaultyProxy } from '../kit/faulty-proxy.ts';
import { buildOrder, readEveryOrder } from '../kit/http/orders.ts';
import { type LocalServer, startHttpServer } from '../kit/local-server.ts';
import { startTestApp } from '../kit/service/app.ts';

/** The response of a server to one attempt. `lose` resets the connection. */
type Reaction = 'lose' | { status: number; headers?: Record<string, string>; body?: unknown };

type Scripted = LocalServer & { readonly requests: IncomingMessage[] };

/** Starts a server that reacts to each request as the list says, and to all later ones with 200. */
async function startScriptedServer(...reactions: Reaction[]): Promise<Scripted> {
  const requests: IncomingMessage[] = [];
  const server = await startHttpServer((request, response) => {
    requests.push(request);
    request.resume();
    react(reactions[requests.length - 1] ?? { status: 200 }, response);
  });
  return { ...server, requests };
}

function react(reaction: Reaction, response: ServerResponse): void {
  if (reaction === 'lose') return void response.socket?.resetAndDestroy();
  const { status, headers, body = { status: 'ok' } } = reaction;
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

type Recorded = ClientEnvironment & { readonly pausesMs: number[] };

/** Time that passes at once: records the pauses. `random` is always 1, so that pauses are as long as possible. */
function createInstantTime(nowMs = 0): Recorded {
  const pausesMs: number[] = [];
  let keys = 0;
  return {
    pausesMs,
    now: () => nowMs,
    random: () => 1,
    createKey: () => {
      keys += 1;
      return `key-${keys}`;
    },
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      pausesMs.push(ms);
    },
  };
}

function problem(status: number, code: string, members: object = {}): Reaction {
  const body = { type: `/problems/${code}`, title: code, status, detail: code, instance: '/', code, requestId: 'r' };
  return { status, headers: { 'content-type': 'application/problem+json' }, body: { ...body, ...members } };
}

describe('temporary failures', () => {
  test.each([
    ['a lost connection', 'lose'],
    ['408', problem(408, 'request-timeout')],
    ['429', problem(429, 'too-many-requests', { retryAfterSeconds: 1 })],
    ['502 of a gateway', { status: 502, headers: { 'content-type': 'text/html' } }],
    ['503', problem(503, 'unavailable', { retryAfterSeconds: 1 })],
    ['503 without a problem document', { status: 503, headers: { 'content-type': 'text/html' } }],
    ['504 of a gateway', { status: 504, headers: { 'content-type': 'text/html' } }],
  ] as [string, Reaction][])('a GET and a POST are repeated after %s', async (_, reaction) => {
    await using server = await startScriptedServer(reaction, { status: 200 }, reaction);
    const client = createClient({ baseUrl: server.url }, createInstantTime());
    expect(await client.stats.get()).toEqual({ status: 'ok' });
    expect(await client.orders.validate({ orderId: 1 })).toEqual({ status: 'ok' });
    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'GET', 'POST', 'POST']);
  });

  test('a GET is repeated after its time limit', async () => {
    let attempts = 0;
    const hangOnce: typeof fetch = async (_, init) => {
      attempts += 1;
      if (attempts > 1) return Response.json({ status: 'ok' });
      return new Promise((__, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
    };
    const client = createClient({ baseUrl: 'http://a.example', fetch: hangOnce, timeoutMs: 5 }, createInstantTime());
    expect(await client.health.live()).toEqual({ status: 'ok' });
    expect(attempts).toBe(2);
  });

  test.each([400, 401, 403, 404, 409, 412, 422, 500])('%i is not repeated', async (status) => {
    await using server = await startScriptedServer(problem(status, 'some-code'));
    const client = createClient({ baseUrl: server.url }, createInstantTime());
    await expect(client.stats.get()).rejects.toMatchObject({ status, attempts: 1 });
    expect(server.requests).toHaveLength(1);
  });

  test('an invalid response is not repeated', async () => {
    await using server = await startScriptedServer({ status: 200, headers: { 'content-type': 'text/html' } });
    const client = createClient({ baseUrl: server.url }, createInstantTime());
    await expect(client.stats.get()).rejects.toMatchObject({ name: 'UnexpectedResponseError', attempts: 1 });
    expect(server.requests).toHaveLength(1);
  });
});

describe('the methods', () => {
  const unavailable = problem(503, 'unavailable', { retryAfterSeconds: 1 });

  test('a PUT is repeated only with ifMatch', async () => {
    await using server = await startScriptedServer(unavailable, 'lose', unavailable);
    const client = createClient({ baseUrl: server.url }, createInstantTime());
    await expect(client.orders.edit({ orderId: 1, note: 'a' })).rejects.toMatchObject({ status: 503, attempts: 1 });
    await expect(client.orders.edit({ orderId: 1, note: 'a' })).rejects.toMatchObject({ name: 'ConnectionError' });
    await client.orders.edit({ orderId: 1, note: 'a' }, { ifMatch: 3 });
    expect(server.requests.map(({ headers }) => headers['if-match'])).toEqual([undefined, undefined, '"3"', '"3"']);
  });

  test('a DELETE that finds nothing after a lost attempt has succeeded', async () => {
    await using server = await startScriptedServer('lose', problem(404, 'not-found'), problem(404, 'not-found'));
    const client = createClient({ baseUrl: server.url }, createInstantTime());
    const response = await client.webhooks.delete({ webhookId: 1 }).withResponse();
    expect(response).toMatchObject({ data: undefined, status: 204, attempts: 2 });
    await expect(client.webhooks.delete({ webhookId: 1 })).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('idempotency keys', () => {
  test('all attempts of a POST have one generated key, and each call has another', async () => {
    await using server = await startScriptedServer('lose', problem(503, 'unavailable'), { status: 200 });
    const client = createClient({ baseUrl: server.url }, createInstantTime());
    await client.orders.validate({ orderId: 1 });
    await client.orders.validate({ orderId: 1 });
    const keys = server.requests.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual(['key-1', 'key-1', 'key-1', 'key-2']);
  });

  test('the key of the caller is sent instead of a generated one, as an option or as a header', async () => {
    await using server = await startScriptedServer('lose');
    const client = createClient({ baseUrl: server.url }, createInstantTime());
    await client.orders.create(buildOrder(), { idempotencyKey: 'own' });
    await client.orders.create(buildOrder(), { headers: { 'Idempotency-Key': 'header' } });
    expect(server.requests.map(({ headers }) => headers['idempotency-key'])).toEqual(['own', 'own', 'header']);
  });

  test('generated keys are random, and GET and PUT have none', async () => {
    await using server = await startScriptedServer();
    const client = createClient({ baseUrl: server.url });
    await client.orders.create(buildOrder());
    await client.orders.create(buildOrder());
    await client.stats.get();
    await client.orders.edit({ orderId: 1, note: 'a' });
    const [first, second, ...others] = server.requests.map(({ headers }) => headers['idempotency-key']);
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(second).toMatch(/^[0-9a-f]{32}$/);
    expect(second).not.toBe(first);
    expect(others).toEqual([undefined, undefined]);
  });

  test('a create whose response is lost is executed once, and returns the order', async () => {
    await using app = await startTestApp();
    await using network = await startFaultyProxy(app.url);
    const environment = createInstantTime();
    let attempts = 0;
    const client = createClient(
      {
        baseUrl: network.url,
        fetch: async (...request) => {
          const response = await fetch(...request);
          attempts += 1;
          // The service has created the order; its response does not arrive.
          if (attempts <= 2) throw new TypeError('fetch failed');
          return response;
        },
      },
      environment,
    );
    const { data, isReplayed } = await client.orders.create(buildOrder()).withResponse();
    expect({ attempts, isReplayed, id: data.id }).toEqual({ attempts: 3, isReplayed: true, id: 1 });
    expect((await readEveryOrder(app.client)).size).toBe(1);
  });
});

describe('the number of attempts and the pauses between them', () => {
  const dateMs = Date.parse('2026-05-04T10:15:30Z');
  const lost: Reaction[] = Array.from({ length: 20 }, () => 'lose');

  test('by default, a request is repeated four times with growing pauses', async () => {
    await using server = await startScriptedServer(...lost);
    const environment = createInstantTime();
    const call = createClient({ baseUrl: server.url }, environment).stats.get();
    await expect(call).rejects.toMatchObject({ name: 'ConnectionError', attempts: 5, isRetryable: true });
    expect(server.requests).toHaveLength(5);
    expect(environment.pausesMs).toEqual([500, 2_000, 8_000, 15_000]);
  });

  test('random numbers shorten the pauses by up to a quarter', async () => {
    await using server = await startScriptedServer(...lost);
    const environment = { ...createInstantTime(), random: () => 0 };
    await createClient({ baseUrl: server.url, maxRetries: 2 }, environment)
      .stats.get()
      .catch(() => {});
    expect(environment.pausesMs).toEqual([375, 1_500]);
  });

  test('maxRetries of a call takes precedence over that of the client', async () => {
    await using server = await startScriptedServer(...lost);
    const client = createClient({ baseUrl: server.url, maxRetries: 1 }, createInstantTime());
    await expect(client.stats.get()).rejects.toMatchObject({ attempts: 2 });
    await expect(client.stats.get({}, { maxRetries: 3 })).rejects.toMatchObject({ attempts: 4 });
    await expect(client.stats.get({}, { maxRetries: 0 })).rejects.toMatchObject({ attempts: 1 });
  });

  test.each([
    ['seconds', { 'retry-after': '7' }, 7_000],
    ['an HTTP date', { 'retry-after': new Date(dateMs + 9_000).toUTCString() }, 9_000],
    ['a time in the past', { 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' }, 500],
    ['a shorter time than the pause', { 'retry-after': '0' }, 500],
    ['an invalid time', { 'retry-after': 'soon' }, 500],
  ])('a Retry-After of %s is waited for', async (_, headers, expectedMs) => {
    await using server = await startScriptedServer({ status: 503, headers });
    const environment = createInstantTime(dateMs);
    await createClient({ baseUrl: server.url }, environment).stats.get();
    expect(environment.pausesMs).toEqual([expectedMs]);
  });

  test('a Retry-After in the problem is waited for', async () => {
    await using server = await startScriptedServer(problem(429, 'too-many-requests', { retryAfterSeconds: 30 }));
    const environment = createInstantTime();
    await createClient({ baseUrl: server.url }, environment).stats.get();
    expect(environment.pausesMs).toEqual([30_000]);
  });

  test('a Retry-After of more than a minute is thrown at once', async () => {
    await using server = await startScriptedServer({ status: 503, headers: { 'retry-after': '61' } });
    const environment = createInstantTime();
    const call = createClient({ baseUrl: server.url }, environment).stats.get();
    await expect(call).rejects.toMatchObject({ retryAfterSeconds: 61, isRetryable: true, attempts: 1 });
    expect(environment.pausesMs).toEqual([]);
  });

  test('a rate limit of the service is waited for', async () => {
    await using app = await startTestApp({ rateLimit: { reads: 2, writes: 2 } });
    const environment = createInstantTime();
    const client = createClient({ baseUrl: app.url, maxRetries: 1 }, environment);
    await client.stats.get();
    await client.stats.get();
    await expect(client.stats.get()).rejects.toMatchObject({ code: 'too-many-requests', attempts: 2 });
    const [pauseMs = 0] = environment.pausesMs;
    expect(pauseMs).toBeGreaterThanOrEqual(1_000);
    expect(pauseMs).toBeLessThanOrEqual(60_000);
  });
});

describe('aborts', () => {
  test('an abort ends the pause between two attempts at once', async () => {
    await using server = await startScriptedServer({ status: 503, headers: { 'retry-after': '60' } });
    const controller = new AbortController();
    const client = createClient({
      baseUrl: server.url,
      onRetry: () => void setImmediate(() => controller.abort(new Error('no longer needed'))),
    });
    await expect(client.stats.get({}, { signal: controller.signal })).rejects.toThrow('no longer needed');
    expect(server.requests).toHaveLength(1);
  });

  test('an aborted signal sends nothing', async () => {
    await using server = await startScriptedServer();
    const signal = AbortSignal.abort(new Error('no longer needed'));
    await expect(createClient({ baseUrl: server.url }).stats.get({}, { signal })).rejects.toThrow('no longer needed');
    expect(server.requests).toHaveLength(0);
  });

  test('an abort during an attempt is not repeated', async () => {
    const controller = new AbortController();
    let requests = 0;
    await using server = await startHttpServer(() => {
      requests += 1;
      controller.abort(new Error('no longer needed'));
    });
    const call = createClient({ baseUrl: server.url }).stats.get({}, { signal: controller.signal });
    await expect(call).rejects.toThrow('no longer needed');
    expect(requests).toBe(1);
  });
});

test('each attempt asks for a token', async () => {
  await using server = await startScriptedServer('lose');
  let count = 0;
  const token = () => {
    count += 1;
    return `t${count}`;
  };
  await createClient({ baseUrl: server.url, token }, createInstantTime()).stats.get();
  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer t1', 'Bearer t2']);
});

test('onRetry reports the operation, the attempt, the error and the pause', async () => {
  await using server = await startScriptedServer('lose', problem(503, 'unavailable'));
  const retries: RetryInfo[] = [];
  const options = { baseUrl: server.url, onRetry: (retry: RetryInfo) => void retries.push(retry) };
  await createClient(options, createInstantTime()).stats.get();
  expect(retries).toMatchObject([
    { operation: 'stats.get', attempt: 1, delayMs: 500, error: { name: 'ConnectionError' } },
    { operation: 'stats.get', attempt: 2, delayMs: 2_000, error: { code: 'unavailable', attempts: 2 } },
  ]);
});

test('a base URL that is not absolute is reported without an attempt', async () => {
  const call = createClient({ baseUrl: 'orders.example' }, createInstantTime()).stats.get();
  await expect(call).rejects.toThrow(new TypeError("baseUrl is not an absolute URL: 'orders.example'"));
});
