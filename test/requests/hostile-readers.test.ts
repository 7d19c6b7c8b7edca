// Callers that ask for more than they read: unread bytes, event streams and connections are limited per caller, and the
// bytes of responses count against the rate limit of the caller.

import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { openStream } from '../kit/events/event-stream.ts';
import { buildLargeOrder, buildOrder } from '../kit/http/orders.ts';
import { formatRequestHead, openSocket } from '../kit/http/raw-http.ts';
import { createToken, toBearerHeader } from '../kit/http/tokens.ts';
import { createManualClock } from '../kit/manual-clock.ts';
import { startAuthenticatedApp, startTestApp, type TestApp, toJsonRequest } from '../kit/service/app.ts';
import { waitUntil } from '../kit/wait-until.ts';

const mebibyte = 1_048_576;

/** Creates orders that take 118 kB each. Checking large responses against the contract would take long. */
async function createLargeOrders(app: TestApp, headers: Record<string, string> = {}, count = 12): Promise<void> {
  const init = { ...toJsonRequest(JSON.stringify(buildLargeOrder())), method: 'POST' };
  for (let created = 0; created < count; created += 1) {
    const response = await fetch(`${app.url}/orders`, { ...init, headers: { ...init.headers, ...headers } });
    expect(response.status).toBe(201);
    await response.body?.cancel();
  }
}

/**
 * Asks for a page on a new connection, as often as `count`, and reads no response. The first responses fill the buffers
 * of the operating system.
 */
async function stall(app: TestApp, path: string, headers: Record<string, string> = {}, count = 100): Promise<Socket> {
  const socket = (await openSocket(app.url)).pause().on('error', () => {});
  socket.write(formatRequestHead('GET', path, { ...headers, Connection: 'keep-alive' }).repeat(count));
  return socket;
}

/** Opens connections that do not read pages of 256 KiB, until a further page is rejected; returns that response. */
async function stallUntilRejected(
  app: TestApp,
  opened: AsyncDisposableStack,
  headers: Record<string, string> = {},
): Promise<Response> {
  for (let page = 0; page < 400; page += 1) {
    // Each connection has less than a page of unread bytes, after about 30 pages for the buffers of the system.
    if (page < 3 || page % 15 === 0) {
      opened.adopt(await stall(app, '/orders?limit=100', headers), (socket) => void socket.destroy());
    }
    const response = await fetch(`${app.url}/orders?limit=100`, { headers });
    if (!response.ok) return response;
    await response.arrayBuffer();
  }
  throw new Error('no request was rejected');
}

async function createHeaders(sub: string): Promise<Record<string, string>> {
  return toBearerHeader(await createToken({ claims: { sub } }));
}

function findWarnings(app: TestApp, beginning: string): TestApp['logLines'] {
  return app.logLines.filter(({ msg, level }) => level === 40 && msg.startsWith(beginning));
}

describe('unread responses', () => {
  test('a caller with too many unread bytes gets 429 until they are read or closed; others are served', async () => {
    await using app = await startAuthenticatedApp({ maxBufferedBytesPerCaller: 1_300_000 });
    const [ann, ben] = await Promise.all([createHeaders('ann'), createHeaders('ben')]);
    await createLargeOrders(app, ann);
    {
      await using opened = new AsyncDisposableStack();
      const rejected = await stallUntilRejected(app, opened, ann);
      expect(rejected.status).toBe(429);
      expect(rejected.headers.get('retry-after')).toBe('5');
      expect((await app.request('/stats', { headers: ann })).status).toBe(429);
      expect((await fetch(`${app.url}/orders?limit=100`, { headers: ben })).status).toBe(200);
      expect(findWarnings(app, 'caller has too many unread bytes')).toMatchObject([{ count: 1 }]);
    }
    await waitUntil(
      () => app.request('/stats', { headers: ann }),
      ({ status }) => status === 200,
    );
  });

  test('beyond the total of unread bytes the only caller gets 503, except for health checks', async () => {
    await using app = await startTestApp({ maxBufferedBytes: 600_000 });
    await createLargeOrders(app);
    await using opened = new AsyncDisposableStack();
    const rejected = await stallUntilRejected(app, opened);
    expect(rejected.status).toBe(503);
    expect(rejected.headers.get('retry-after')).toBe('1');
    expect((await app.request('/health')).status).toBe(200);
  });

  test('a caller cannot use up the total of unread bytes: its connections are closed for those of others', async () => {
    await using app = await startAuthenticatedApp({ maxBufferedBytes: 800_000 });
    const [ann, ben] = await Promise.all([createHeaders('ann'), createHeaders('ben')]);
    await createLargeOrders(app, ann);
    await using opened = new AsyncDisposableStack();
    expect((await stallUntilRejected(app, opened, ann)).status).toBe(503);
    const isClosed = (caller: string) =>
      app.logLines.some(({ msg, user }) => user === caller && msg.endsWith('closed: unread'));
    for (let page = 0; page < 400 && !isClosed('ann'); page += 1) {
      // Several connections, because one may have few unread bytes. All have less than those of the other caller.
      if (page % 45 === 0) {
        opened.adopt(await stall(app, '/orders?limit=100', ben), (socket) => void socket.destroy());
      }
      await (await fetch(`${app.url}/orders?limit=100`, { headers: ben })).arrayBuffer();
    }
    expect(isClosed('ann')).toBe(true);
    expect(findWarnings(app, 'too many unread bytes')).toMatchObject([{ caller: 'ann', count: 1 }]);
    expect((await app.request('/stats', { headers: ben })).status).toBe(200);
    expect(isClosed('ben')).toBe(false);
  });

  test('streams of past events that are not read are ended at the limit of the caller', {
    timeout: 120_000,
  }, async () => {
    await using app = await startTestApp({ maxBufferedBytesPerCaller: 1_300_000 });
    await createLargeOrders(app, {}, 40);
    await using opened = new AsyncDisposableStack();
    const sockets: Socket[] = [];
    for (let count = 1; count <= 14; count += 1) {
      const socket = await stall(app, '/events/stream?after=0', {}, 1);
      sockets.push(opened.adopt(socket, (socket) => void socket.destroy()));
    }
    const [warning] = await waitUntil(
      () => findWarnings(app, 'caller has too many unread bytes'),
      ({ length }) => length > 0,
      // The past events of all streams of a caller are read in turns.
      60_000,
    );
    expect(warning?.unreadBytes).toBeLessThanOrEqual(1_300_000);
    let text = '';
    for (const socket of sockets) socket.on('data', (chunk) => (text += chunk.toString('latin1').slice(-500)));
    for (const socket of sockets) socket.resume();
    await waitUntil(
      () => text,
      (received) => received.includes('"reason":"slow-reader"'),
    );
  });
});

test('bodies that do not arrive completely count as unread bytes of their caller', async () => {
  await using app = await startTestApp({ maxBufferedBytesPerCaller: 3 * mebibyte });
  await using opened = new AsyncDisposableStack();
  const json = { 'Content-Type': 'application/json', 'Content-Length': 262_144, Connection: 'keep-alive' };
  let text = '';
  for (let count = 1; count <= 20; count += 1) {
    const socket = opened.adopt(await openSocket(app.url), (socket) => void socket.destroy());
    socket
      .on('error', () => {})
      .on('data', (chunk) => {
        text += chunk.toString('latin1');
      });
    socket.write(formatRequestHead('POST', '/orders', json) + ' '.repeat(262_143));
  }
  await waitUntil(
    () => text,
    (received) => received.includes('HTTP/1.1 429 '),
  );
  await opened.disposeAsync();
  await waitUntil(
    () => app.request('/stats'),
    ({ status }) => status === 200,
  );
});

describe('streams and connections', () => {
  test('a caller with as many streams as allowed gets 429, and one more after a stream has ended', async () => {
    await using app = await startTestApp({ maxStreamsPerCaller: 2 });
    await using _first = await openStream(app);
    {
      await using _second = await openStream(app);
      const rejected = await app.request('/events/stream');
      expect(rejected.status).toBe(429);
      expect(await rejected.json()).toMatchObject({
        detail: 'The limit is 2 open event streams per caller. Close one of them first.',
      });
      expect(rejected.headers.get('retry-after')).toBe('10');
      expect(rejected.headers.get('content-type')).toBe('application/problem+json');
      expect((await app.request('/stats')).status).toBe(200);
      expect(findWarnings(app, 'caller has too many event streams')).toMatchObject([{ count: 1 }]);
    }
    await waitUntil(
      () => app.logLines.filter(({ msg }) => msg.startsWith('GET /events/stream')),
      (lines) => lines.length === 2,
    );
    await using third = await openStream(app);
    await app.client.orders.create(buildOrder());
    expect(await third.readPositions(1)).toEqual([1]);
  });

  test('connections of one address beyond the limit are closed, except for those of trusted proxies', async () => {
    for (const [trustedProxies, refused] of [
      [undefined, 3],
      [['loopback'], 0],
      [1, 0],
    ] as const) {
      await using app = await startTestApp({ maxConnectionsPerAddress: 2, trustedProxies });
      await using opened = new AsyncDisposableStack();
      const closed: Socket[] = [];
      const responding: Socket[] = [];
      for (let count = 1; count <= 5; count += 1) {
        const socket = opened.adopt(await openSocket(app.url), (socket) => void socket.destroy());
        socket.on('error', () => {}).on('close', () => closed.push(socket));
        socket.once('data', () => responding.push(socket));
        socket.write(formatRequestHead('GET', '/health', { Connection: 'keep-alive' }));
      }
      await waitUntil(
        () => closed.length + responding.length,
        (settled) => settled === 5,
      );
      expect(closed, String(trustedProxies)).toHaveLength(refused);
      expect(findWarnings(app, 'connection limit of an address')).toHaveLength(Math.min(refused, 1));
    }
  });
});

test('each 64 KiB of a response count as one more request of the caller', async () => {
  await using app = await startTestApp({ rateLimit: { reads: 100, writes: 100 } });
  await createLargeOrders(app);
  const small = await app.request('/orders/1/validations');
  expect(small.headers.get('ratelimit')).toBe('"reads";r=99;t=60');
  const response = await app.request('/orders?limit=100');
  const bytes = (await response.arrayBuffer()).byteLength;
  expect(bytes).toBeGreaterThan(200_000);
  expect(response.headers.get('ratelimit')).toBe(`"reads";r=${98 - Math.floor(bytes / 65_536)};t=60`);
});

test('the past events of a stream count against the rate limit, beyond which the stream continues slowly', async () => {
  const clock = createManualClock();
  await using app = await startTestApp({ rateLimit: { reads: 20, writes: 100 }, environment: { now: clock.now } });
  await createLargeOrders(app, {}, 24);
  expect((await app.request('/stats')).headers.get('ratelimit')).toBe('"reads";r=19;t=60');
  // Each wait lasts until the end of the window.
  clock.advance(59_950);
  await using stream = await openStream(app, '?after=0');
  expect(await stream.readPositions(24)).toHaveLength(24);
  expect((await app.request('/stats')).status).toBe(429);
});

test('each 64 KiB of a body count as one more request of the caller', async () => {
  await using app = await startTestApp({ rateLimit: { reads: 100, writes: 100 } });
  const init = toJsonRequest(JSON.stringify({ ...buildOrder(), unknown: 'x'.repeat(200_000) }));
  const response = await app.request('/orders', { ...init, method: 'POST' });
  expect([response.status, response.headers.get('ratelimit')]).toEqual([400, '"writes";r=96;t=60']);
});

test('large bodies of a caller are executed one at a time, and others do not wait', async () => {
  await using app = await startAuthenticatedApp();
  const [ann, ben] = await Promise.all([createHeaders('ann'), createHeaders('ben')]);
  const items = Array.from({ length: 8_000 }, () => ({ productId: 'x', quantity: 1 }));
  const { headers, ...init } = toJsonRequest(JSON.stringify(buildOrder({ items: items as never })));
  const send = async () => {
    const response = await fetch(`${app.url}/orders`, { ...init, method: 'POST', headers: { ...headers, ...ann } });
    expect(response.status).toBe(400);
    await response.body?.cancel();
  };
  let isFinished = false;
  const requests = Promise.all(Array.from({ length: 30 }, send)).finally(() => {
    isFinished = true;
  });
  let served = 0;
  while (!isFinished) {
    expect((await app.request('/stats', { headers: ben })).status).toBe(200);
    served += 1;
  }
  await requests;
  expect(served).toBeGreaterThan(15);
});

test('requests of a caller that receives many bytes are executed one at a time, and others do not wait', async () => {
  await using app = await startAuthenticatedApp();
  const [ann, ben] = await Promise.all([createHeaders('ann'), createHeaders('ben')]);
  await createLargeOrders(app, ann);
  let isFinished = false;
  const pages = Promise.all(
    Array.from({ length: 30 }, async () => {
      const response = await fetch(`${app.url}/orders?limit=100`, { headers: ann });
      return (await response.arrayBuffer()).byteLength;
    }),
  ).finally(() => {
    isFinished = true;
  });
  let served = 0;
  while (!isFinished) {
    expect((await app.request('/stats', { headers: ben })).status).toBe(200);
    served += 1;
  }
  expect(new Set(await pages).size).toBe(1);
  // One at a time, with pauses in between; all at once, only few requests would have been served.
  expect(served).toBeGreaterThan(15);
});
