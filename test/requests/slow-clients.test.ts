// Slow clients: those that send slowly, do not read or open many connections are disconnected and do not delay others.

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../server/config/config.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { expectValidProblem, formatRequestHead, openSocket, parseResponses, readToEnd } from '../kit/http/raw-http.ts';
import { createToken, toBearerHeader } from '../kit/http/tokens.ts';
import { startAuthenticatedApp, startTestApp } from '../kit/service/app.ts';
import { hangingPolicy, manyItems } from '../kit/service/hanging-policy.ts';
import { waitUntil } from '../kit/wait-until.ts';

const { limits } = readConfig({});
const shortLimits = { ...limits, headersTimeoutMs: 300, requestTimeoutMs: 600, checkIntervalMs: 20 };

/** Sends `beginning` and then single bytes until the connection closes, and returns the received text. */
async function sendSlowly(url: string, beginning: string, intervalMs: number): Promise<string> {
  const socket = await openSocket(url);
  socket.write(beginning);
  const timer = setInterval(() => socket.writable && socket.write('a'), intervalMs);
  try {
    return await readToEnd(socket);
  } finally {
    clearInterval(timer);
  }
}

const json = { 'Content-Type': 'application/json' };
const keepAlive = { Connection: 'keep-alive' };

const slowRequests: Record<string, string> = {
  'a slow head': 'GET /orders HTTP/1.1\r\nHost: localhost\r\nX: ',
  'a slow body': formatRequestHead('POST', '/orders', { ...json, 'Content-Length': 9_000 }),
  'a slow body on a persistent connection': formatRequestHead('POST', '/orders', {
    ...json,
    ...keepAlive,
    'Content-Length': 9_000,
  }),
  'a slow chunk': `${formatRequestHead('POST', '/orders', { ...json, ...keepAlive, 'Transfer-Encoding': 'chunked' })}fff\r\n`,
};

describe('a slow request', () => {
  test.each(Object.keys(slowRequests))('%s is 408', async (part) => {
    await using app = await startTestApp({ limits: shortLimits });
    const [response, ...others] = parseResponses(await sendSlowly(app.url, slowRequests[part] ?? '', 20));
    expect(others).toEqual([]);
    expect(response && expectValidProblem(response)).toMatchObject({ code: 'request-timeout' });
    expect(response?.headers.connection).toBe('close');
    const lines = app.logLines.filter(({ req }) => req?.id === response?.headers['x-request-id']);
    expect(lines).toMatchObject([{ res: { statusCode: 408 } }]);
  });

  test('a connection on which nothing is sent is closed without a response', async () => {
    await using app = await startTestApp({ limits: shortLimits });
    expect(await readToEnd(await openSocket(app.url))).toBe('');
    expect(app.logLines.filter(({ res }) => res !== undefined)).toEqual([]);
  });

  test('many slow requests do not delay other requests', async () => {
    await using app = await startTestApp({ limits: shortLimits });
    const beginnings = Array.from({ length: 200 }, (_, index) => Object.values(slowRequests)[index % 4] ?? '');
    const slowResponses = Promise.all(beginnings.map((beginning) => sendSlowly(app.url, beginning, 50)));
    let isFinished = false;
    const finished = slowResponses.finally(() => {
      isFinished = true;
    });
    let created = 0;
    while (!isFinished) {
      await app.client.orders.create(buildOrder());
      created += 1;
    }
    // If slow requests delayed others, only one order would have been created.
    expect(created).toBeGreaterThan(3);
    for (const text of await finished) {
      const [response] = parseResponses(text);
      expect(response && expectValidProblem(response)).toMatchObject({ code: 'request-timeout' });
    }
  });

  test('a slow body causes no 408 if the response does not need it', async () => {
    await using app = await startTestApp({ limits: shortLimits });
    const text = await sendSlowly(
      app.url,
      'GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\n',
      50,
    );
    expect(parseResponses(text).map(({ status }) => status)).toEqual([200]);
  });
});

describe('a response', () => {
  const stalledTimeoutMs = 100;

  test('a response that is not read is aborted', async () => {
    await using app = await startTestApp({ limits: { ...limits, stalledTimeoutMs } });
    for (let count = 0; count < 60; count += 1) await app.client.orders.create(buildOrder({ note: 'x'.repeat(2_000) }));
    const socket = await openSocket(app.url);
    socket.pause().on('error', () => {});
    // More than the socket buffers of the operating system hold.
    socket.write('GET /orders?limit=100 HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(200));
    await waitUntil(
      () => app.logLines.filter(({ msg }) => msg.endsWith('aborted')),
      (lines) => lines.length > 0,
    );
    socket.destroy();
  });

  test('a client that ends its side of the connection after its request gets the whole response', async () => {
    await using app = await startTestApp();
    const socket = await openSocket(app.url);
    socket.end(formatRequestHead('GET', '/openapi.json', keepAlive));
    const [response] = parseResponses(await readToEnd(socket));
    expect(Number(response?.headers['content-length'])).toBeGreaterThan(100_000);
    expect(JSON.parse(response?.body ?? '')).toHaveProperty('openapi');
  });

  test('a response that takes long to compute is not aborted', async () => {
    await using app = await startTestApp({
      limits: { ...limits, stalledTimeoutMs },
      policy: hangingPolicy,
      validationTimeoutMs: 8 * stalledTimeoutMs,
    });
    const check = await app.client.policy.check(buildOrder({ items: manyItems }));
    expect(check.error).toContain('800 ms');
  });
});

describe('pipelined requests', () => {
  test('while a response takes long to compute, few further requests are read', async () => {
    await using app = await startTestApp({ policy: hangingPolicy, validationTimeoutMs: 3_000 });
    const socket = (await openSocket(app.url)).on('error', () => {});
    const body = JSON.stringify(buildOrder({ items: manyItems }));
    socket.write(formatRequestHead('POST', '/policy/check', { ...json, ...keepAlive, 'Content-Length': body.length }));
    socket.write(body);
    const padding = { ...keepAlive, 'X-Padding': 'x'.repeat(8_000) };
    socket.write(formatRequestHead('GET', '/health', padding).repeat(4_000));
    await once(socket, 'data');
    // The rest is in the buffers of the operating system.
    expect(socket.writableLength).toBeGreaterThan(16_000_000);
    socket.destroy();
  });

  test('a connection with more than 256 waiting requests is closed', async () => {
    await using app = await startTestApp({ policy: hangingPolicy, validationTimeoutMs: 3_000 });
    const socket = await openSocket(app.url);
    const closed = readToEndOrReset(socket);
    const body = JSON.stringify(buildOrder({ items: manyItems }));
    socket.write(formatRequestHead('POST', '/policy/check', { ...json, ...keepAlive, 'Content-Length': body.length }));
    socket.write(body + formatRequestHead('GET', '/health', keepAlive).repeat(300));
    expect(await closed).toBe('');
  });

  test.each([
    ['without a token', 401, '/stats'],
    ['beyond the rate limit', 429, '/orders'],
  ])('a rejected request %s closes its connection if requests follow it', async (_, status, path) => {
    await using app = await startAuthenticatedApp({ rateLimit: { reads: 1, writes: 1 } });
    const headers = status === 401 ? keepAlive : { ...keepAlive, ...toBearerHeader(await createToken()) };
    const socket = await openSocket(app.url);
    const text = readToEndOrReset(socket);
    socket.write(formatRequestHead('GET', path, headers).repeat(50));
    const responses = parseResponses(await text);
    expect(responses.length).toBeLessThanOrEqual(3);
    expect(responses.at(-1)).toMatchObject({ status, headers: { connection: 'close' } });
  });

  test('many pipelined requests do not delay the request of another connection', async () => {
    await using app = await startTestApp();
    const [many, single] = [await openSocket(app.url), await openSocket(app.url)];
    let responses = 0;
    many.on('data', (chunk) => {
      responses += chunk.toString('latin1').split('HTTP/1.1 404').length - 1;
    });
    many.write(formatRequestHead('GET', '/unknown', keepAlive).repeat(200));
    single.write(formatRequestHead('GET', '/health', keepAlive));
    await once(single, 'data');
    expect(responses).toBeLessThan(100);
    await waitUntil(
      () => responses,
      (count) => count === 200,
    );
    many.destroy();
    single.destroy();
  });

  test('a connection with many requests behind an event stream is closed', async () => {
    await using app = await startTestApp();
    const socket = await openSocket(app.url);
    socket.write(formatRequestHead('GET', '/events/stream', keepAlive));
    await once(socket, 'data');
    const closed = readToEndOrReset(socket);
    socket.write(formatRequestHead('GET', '/health', keepAlive).repeat(20));
    await closed;
    await waitUntil(
      () => app.logLines.map(({ msg }) => msg),
      (lines) => lines.some((line) => line.startsWith('GET /events/stream')),
    );
    expect(app.logLines.filter(({ req }) => req?.url === '/health')).toEqual([]);
  });
});

describe('connections', () => {
  test('connections beyond the limit are closed at once, which is logged once', async () => {
    await using app = await startTestApp({ limits: { ...limits, maxConnections: 2 } });
    await using opened = new AsyncDisposableStack();
    for (let count = 0; count < 2; count += 1) {
      const socket = opened.adopt(await openSocket(app.url), (opened) => void opened.destroy());
      socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await once(socket, 'data');
    }
    for (let count = 0; count < 3; count += 1) expect(await readToEndOrReset(await openSocket(app.url))).toBe('');
    expect(app.logLines.filter(({ msg }) => msg.startsWith('connection limit reached'))).toMatchObject([
      { level: 40, maxConnections: 2, count: 1 },
    ]);
  });

  test('an idle connection is kept open for the next request and closed at its timeout', async () => {
    await using app = await startTestApp({ limits: { ...limits, keepAliveTimeoutMs: 100 } });
    const socket = await openSocket(app.url);
    socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(parseResponses(await readToEnd(socket))).toMatchObject([
      { status: 200, headers: { connection: 'keep-alive' } },
    ]);
  });
});

/** Reads a connection until it is closed or reset. */
async function readToEndOrReset(socket: Socket): Promise<string> {
  return readToEnd(socket).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ECONNRESET') throw error;
    return '';
  });
}
