// Callers that send slowly, do not read, or come in crowds: they are cut off, and keep nobody else waiting.

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../server/config/config.ts';
import { startTestApp } from '../kit/app.ts';
import { hangingPolicy, manyItems } from '../kit/hanging-policy.ts';
import { buildOrder } from '../kit/orders.ts';
import { expectValidProblem, formatRequestHead, openSocket, parseResponses, readToEnd } from '../kit/raw-http.ts';
import { waitUntil } from '../kit/wait-until.ts';

const { limits } = readConfig({});
const soon = { ...limits, headersTimeoutMs: 300, requestTimeoutMs: 600, checkIntervalMs: 20 };

/** Sends a text byte by byte for as long as the other side listens, and answers what came back. */
async function dribble(url: string, beginning: string, everyMs: number): Promise<string> {
  const socket = await openSocket(url);
  if (beginning !== '') socket.write(beginning);
  const timer = setInterval(() => socket.writable && beginning !== '' && socket.write('a'), everyMs);
  try {
    return await readToEnd(socket);
  } finally {
    clearInterval(timer);
  }
}

const json = { 'Content-Type': 'application/json' };
const kept = { Connection: 'keep-alive' };

const slowRequests: Record<string, string> = {
  'its head': 'GET /orders HTTP/1.1\r\nHost: localhost\r\nX: ',
  'its body': formatRequestHead('POST', '/orders', { ...json, 'Content-Length': 9_000 }),
  'its body on a connection that could be kept': formatRequestHead('POST', '/orders', {
    ...json,
    ...kept,
    'Content-Length': 9_000,
  }),
  'its chunks': `${formatRequestHead('POST', '/orders', { ...json, ...kept, 'Transfer-Encoding': 'chunked' })}fff\r\n`,
  nothing: '',
};

describe('a request that comes too slowly', () => {
  test.each(Object.keys(slowRequests))('is 408, by %s', async (part) => {
    await using app = await startTestApp({ limits: soon });
    const [response, ...others] = parseResponses(await dribble(app.url, slowRequests[part] ?? '', 20));
    expect(others).toEqual([]);
    expect(response && expectValidProblem(response)).toMatchObject({ code: 'request-timeout' });
    expect(response?.headers.connection).toBe('close');
    const lines = app.logLines.filter(({ req }) => req?.id === response?.headers['x-request-id']);
    expect(lines).toMatchObject([{ res: { statusCode: 408 } }]);
  });

  test('keeps nobody else waiting, however many there are', async () => {
    await using app = await startTestApp({ limits: soon });
    const beginnings = Array.from({ length: 200 }, (_, index) => Object.values(slowRequests)[index % 5] ?? '');
    const hanging = Promise.all(beginnings.map((beginning) => dribble(app.url, beginning, 50)));
    let isOver = false;
    const over = hanging.finally(() => {
      isOver = true;
    });
    let answered = 0;
    while (!isOver) {
      await app.client.orders.create(buildOrder());
      answered += 1;
    }
    // Whoever were kept waiting would be answered once, at the end.
    expect(answered).toBeGreaterThan(3);
    for (const text of await over) {
      const [response] = parseResponses(text);
      expect(response && expectValidProblem(response)).toMatchObject({ code: 'request-timeout' });
    }
  });

  test('is not 408 where its answer needs no body', async () => {
    await using app = await startTestApp({ limits: soon });
    const text = await dribble(app.url, 'GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\n', 50);
    expect(parseResponses(text).map(({ status }) => status)).toEqual([200]);
  });
});

describe('an answer', () => {
  const stalledTimeoutMs = 100;

  test('that nobody reads is not kept for ever', async () => {
    await using app = await startTestApp({ limits: { ...limits, stalledTimeoutMs } });
    for (let count = 0; count < 20; count += 1) await app.client.orders.create(buildOrder({ note: 'x'.repeat(2_000) }));
    const socket = await openSocket(app.url);
    socket.pause().on('error', () => {});
    // Far more than the system takes in for somebody who does not read.
    socket.write('GET /orders?limit=100 HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(1_000));
    await waitUntil(
      () => app.logLines.filter(({ msg }) => msg.endsWith('aborted')),
      (lines) => lines.length > 0,
    );
    socket.destroy();
  });

  test('that takes long is waited for in silence', async () => {
    await using app = await startTestApp({
      limits: { ...limits, stalledTimeoutMs },
      policy: hangingPolicy,
      validationTimeoutMs: 8 * stalledTimeoutMs,
    });
    const check = await app.client.policy.check(buildOrder({ items: manyItems }));
    expect(check.error).toContain('800 ms');
  });
});

describe('connections', () => {
  test('beyond the limit are closed at once, and the log says so, once', async () => {
    await using app = await startTestApp({ limits: { ...limits, maxConnections: 2 } });
    await using opened = new AsyncDisposableStack();
    for (let count = 0; count < 2; count += 1) {
      const kept = opened.adopt(await openSocket(app.url), (socket) => void socket.destroy());
      kept.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await once(kept, 'data');
    }
    for (let count = 0; count < 3; count += 1) expect(await endOf(await openSocket(app.url))).toBe('');
    expect(app.logLines.filter(({ msg }) => msg.startsWith('too many connections'))).toMatchObject([
      { level: 40, maxConnections: 2, refused: 1 },
    ]);
  });

  test('are kept for the next request, and closed where none comes', async () => {
    await using app = await startTestApp({ limits: { ...limits, keepAliveTimeoutMs: 100 } });
    const socket = await openSocket(app.url);
    socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(parseResponses(await readToEnd(socket))).toMatchObject([
      { status: 200, headers: { connection: 'keep-alive' } },
    ]);
  });
});

/** What a connection brings until it closes, in whatever manner. */
async function endOf(socket: Socket): Promise<string> {
  return readToEnd(socket).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ECONNRESET') throw error;
    return '';
  });
}
