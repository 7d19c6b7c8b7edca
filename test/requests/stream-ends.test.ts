// The ends of event streams: a slow or disconnected reader, an expired token, shutdown of the service. A stream that
// the service ends sends the reason, and its reader can resume after its last event.

import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../server/config/config.ts';
import { openStream } from '../kit/events/event-stream.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { openSocket, parseResponses, readToEnd } from '../kit/http/raw-http.ts';
import { createToken, toBearerHeader } from '../kit/http/tokens.ts';
import { startAuthenticatedApp, startTestApp, type TestApp } from '../kit/service/app.ts';
import { waitUntil } from '../kit/wait-until.ts';

const { limits } = readConfig({});

describe('a reader that is too slow', () => {
  test('a slow reader is disconnected with a reason, does not delay others, and resumes after its last event', async () => {
    // More than one delivery on a busy machine, so that the quick reader is never too slow.
    const maxStreamBacklogBytes = 500_000;
    await using app = await startTestApp({ maxStreamBacklogBytes });
    await using quick = await openStream(app);
    const slow = await openUnreadStream(app);
    const { id: orderId } = await app.client.orders.create(buildOrder());
    let written = 1;
    const warning = () => app.logLines.find(({ msg }) => msg === 'event stream ended: the reader is too slow');
    while (!warning()) {
      await app.client.orders.edit({ orderId, metadata: buildLargeMetadata(written) });
      written += 1;
    }
    expect(warning()).toMatchObject({ level: 40, req: { id: expect.any(String) }, waitingBytes: expect.any(Number) });
    expect(warning()?.waitingBytes).toBeGreaterThan(maxStreamBacklogBytes);
    expect(warning()?.waitingBytes).toBeLessThan(10 * maxStreamBacklogBytes);
    await app.client.orders.reject({ orderId });
    const all = Array.from({ length: written + 1 }, (_, index) => index + 1);
    expect(await quick.readPositions(all.length)).toEqual(all);

    const text = await readToEnd(slow.resume());
    const seen = [...text.matchAll(/\nid: (\d+)\nevent: order/g)].map(([, id]) => Number(id));
    expect(seen).toEqual(all.slice(0, seen.length));
    expect(seen.length).toBeLessThan(all.length);
    const detail = 'Too many bytes were waiting to be read.';
    expect(text).toContain(`\n\nevent: end\ndata: ${JSON.stringify({ reason: 'slow-reader', detail })}\n\n`);
    await using again = await openStream(app, '', { 'last-event-id': String(seen.at(-1)) });
    expect(await again.readPositions(all.length - seen.length)).toEqual(all.slice(seen.length));
    expect(app.logLines.find(({ req, res }) => req?.clientRequestId === 'the-slow-one' && res)?.msg).toMatch(
      /ended: slow-reader$/,
    );
  });

  test('a slow reader of past events is not disconnected: at most one page is buffered', async () => {
    await using app = await startTestApp({ maxStreamBacklogBytes: 100_000 });
    const { id: orderId } = await app.client.orders.create(buildOrder());
    const edits = 150;
    for (let count = 1; count <= edits; count += 1) {
      await app.client.orders.edit({ orderId, metadata: buildLargeMetadata(count) });
    }
    const slow = await openUnreadStream(app, '?after=0');
    await using quick = await openStream(app);
    await app.client.orders.reject({ orderId });
    expect(await quick.readPositions(1)).toEqual([edits + 2]);
    let text = '';
    slow.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    slow.resume();
    await waitUntil(
      () => text,
      (read) => read.includes('event: order.rejected'),
    );
    expect(text).not.toContain('event: end');
    slow.destroy();
  });
});

describe('a stalled reader', () => {
  const stalled = { limits: { ...limits, stalledTimeoutMs: 100 } };

  test('a reader that does not read past events at all is disconnected', async () => {
    await using app = await startTestApp(stalled);
    const { id: orderId } = await app.client.orders.create(buildOrder());
    for (let count = 1; count <= 150; count += 1) {
      await app.client.orders.edit({ orderId, metadata: buildLargeMetadata(count) });
    }
    const socket = (await openSocket(app.url)).pause().on('error', () => {});
    socket.write('GET /events/stream?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await waitUntil(
      () => app.logLines.filter(({ msg }) => msg.startsWith('GET /events/stream')),
      (lines) => lines.length === 1,
    );
    socket.destroy();
  });

  test('a stream without events does not count as stalled', async () => {
    await using app = await startTestApp({ ...stalled, heartbeatMs: 1_000 });
    await using stream = await openStream(app);
    expect((await stream.readUntil('comment')).at(-1)).toEqual({ kind: 'comment', text: '' });
  });
});

/** Metadata of about 30 kB, different for each count. The event of an edit contains both the old and the new one. */
function buildLargeMetadata(count: number): Record<string, string> {
  const value = '→'.repeat(500);
  return Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`key-${index}`, `${value.slice(9)}${count}`]));
}

/** Opens a stream without reading it. */
async function openUnreadStream(app: TestApp, query = ''): Promise<Socket> {
  const socket = (await openSocket(app.url)).pause();
  socket.write(`GET /events/stream${query} HTTP/1.0\r\nHost: localhost\r\nX-Request-Id: the-slow-one\r\n\r\n`);
  // A stream that is requested later opens later.
  await using later = await openStream(app);
  await later.readUntil('id');
  return socket;
}

describe('an expired token', () => {
  test('an expired token ends the streams that were opened with it, and no others', async () => {
    await using app = await startAuthenticatedApp();
    const nowS = Math.floor(Date.now() / 1_000);
    const token = await createToken({ claims: { exp: nowS - 3 } });
    await using stream = await openStream(app, '', toBearerHeader(token));
    await using other = await openStream(app, '', toBearerHeader(await createToken()));
    const items = await stream.readUntil('closed');
    expect(items.at(-2)).toEqual({ kind: 'end', end: { reason: 'token-expired', detail: expect.any(String) } });
    // A token is accepted for 5 s after its expiry, to allow for clock differences.
    expect(Date.now() / 1_000).toBeGreaterThanOrEqual(nowS + 2);
    expect((await app.request('/stats', { headers: toBearerHeader(token) })).status).toBe(401);
    await app.clientAs('ann').orders.create(buildOrder());
    expect(await other.readPositions(1)).toEqual([1]);
  });
});

describe('a shutdown', () => {
  test('a shutdown ends every stream at once with a reason and a random retry delay', async () => {
    const random = [0, 0.5].values();
    const app = await startTestApp({ environment: { random: () => random.next().value ?? 0.9 } });
    await app.client.orders.create(buildOrder());
    const streams = [await openStream(app, '?after=0'), await openStream(app)];
    for (const stream of streams) await stream.readUntil('id');
    const startedAt = performance.now();
    const stopped = app[Symbol.asyncDispose]();
    const endings = await Promise.all(streams.map((stream) => stream.readUntil('closed')));
    await stopped;
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    const end = { kind: 'end', end: { reason: 'shutdown', detail: 'The service is stopping.' } };
    expect(endings.map((items) => items.slice(-3, -1))).toEqual([
      [{ kind: 'retry', ms: 1_000 }, end],
      [{ kind: 'retry', ms: 3_000 }, end],
    ]);
  });

  test('a stream cannot be opened during a shutdown', async () => {
    const app = await startTestApp({ idleGraceMs: 500 });
    const stopped = app[Symbol.asyncDispose]();
    const response = await waitUntil(
      () => app.request('/events/stream', { signal: AbortSignal.timeout(10_000) }),
      ({ status, body }) => {
        if (status === 200) void body?.cancel();
        return status !== 200;
      },
    );
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    await stopped;
  });
});

test('a request that is pipelined behind a stream is not executed', async () => {
  await using app = await startTestApp();
  const body = JSON.stringify(buildOrder());
  const post = `POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  const socket = await openSocket(app.url);
  socket.write(`GET /events/stream HTTP/1.1\r\nHost: localhost\r\n\r\n${post}\r\n\r\n${body}`);
  const { value } = await socket[Symbol.asyncIterator]().next();
  expect(String(value)).toMatch(/^HTTP\/1\.1 200 /);
  socket.destroy();
  await waitUntil(
    () => app.logLines,
    (lines) => lines.some(({ msg }) => msg.includes('closed by client')),
  );
  expect((await app.client.orders.list()).data).toEqual([]);
});

test('a malformed request that is pipelined behind a stream ends the stream', async () => {
  await using app = await startTestApp();
  const socket = await openSocket(app.url);
  socket.write('GET /events/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
  socket.write(
    'POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n{}',
  );
  socket.end();
  expect(await readToEnd(socket)).toMatch(/^HTTP\/1\.1 200 /);
});

test.each([
  ['after its request', ''],
  ['after a pipelined request', 'GET /orders HTTP/1.1\r\nHost: localhost\r\n\r\n'],
])('a stream whose client closes its side of the connection %s is ended', async (_, requestsBefore) => {
  await using app = await startTestApp();
  const socket = await openSocket(app.url);
  socket.end(`${requestsBefore}GET /events/stream HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  const responses = parseResponses(await readToEnd(socket));
  expect(responses.map(({ status }) => status)).toEqual(requestsBefore === '' ? [200] : [200, 200]);
});

test('readers that disconnect leave no errors behind, and the log is not read without readers', async () => {
  await using app = await startTestApp({ pollMs: 1 });
  const { store } = app.service;
  let reads = 0;
  const { read } = store;
  store.read = (query, planned, converter) => {
    if (query.sql.includes('from "events"')) reads += 1;
    return read(query, planned, converter);
  };
  for (let round = 0; round < 10; round += 1) {
    const sockets = await Promise.all(Array.from({ length: 10 }, () => openSocket(app.url)));
    for (const [index, socket] of sockets.entries()) {
      socket.on('error', () => {});
      socket.write('GET /events/stream?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n');
      if (index % 2 === 0) socket.destroy();
      else socket.once('data', () => socket.resetAndDestroy());
    }
    await app.client.orders.create(buildOrder());
  }
  await using last = await openStream(app);
  await app.client.orders.create(buildOrder());
  await last.readPositions(1);
  await last[Symbol.asyncDispose]();
  await waitUntil(
    () => app.logLines.filter(({ msg }) => /^GET .events.stream/.test(msg)),
    // A reader that disconnects before its request arrives has no log line. The last reader has no query.
    (lines) => lines.length > 50 && lines.some(({ msg }) => !msg.includes('?')),
  );
  reads = 0;
  for (let count = 0; count < 10; count += 1) await app.client.orders.create(buildOrder());
  expect(reads).toBe(0);
  expect(app.logLines.filter(({ level }) => level > 30)).toEqual([]);
});
