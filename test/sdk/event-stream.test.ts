// The event stream of the SDK: an async generator that reconnects without gaps or duplicates.

import { EventEmitter, once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { createClient, type Event, ProblemError, UnexpectedResponseError } from '../../client/index.ts';
import { orderEventExample } from '../../contract/schemas/events/order-event.ts';
import { createTemporaryDatabase } from '../kit/database/database.ts';
import { findStreamLogLines } from '../kit/events/event-stream.ts';
import { startFaultyProxy } from '../kit/faulty-proxy.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { createToken } from '../kit/http/tokens.ts';
import { startHttpServer } from '../kit/local-server.ts';
import { startAuthenticatedApp, startTestApp } from '../kit/service/app.ts';
import { waitUntil } from '../kit/wait-until.ts';

/** Reads the next `count` events and returns their positions. */
async function take(events: AsyncGenerator<Event, void, void>, count: number): Promise<number[]> {
  const positions: number[] = [];
  while (positions.length < count) positions.push((await events.next()).value?.position ?? 0);
  return positions;
}

const streamRetryMs = 5;

describe('the stream of the SDK', () => {
  test('a stream yields typed events, and leaving the loop closes its connection', async () => {
    await using app = await startTestApp();
    await app.client.orders.create(buildOrder());
    await app.client.orders.reject({ orderId: 1, reason: 'Out of stock' });
    for await (const event of app.client.events.stream({ after: 0, type: ['order.rejected', 'order.approved'] })) {
      expectTypeOf(event).toEqualTypeOf<Event>();
      if (event.type !== 'order.rejected') continue;
      expect(event.data.reason).toBe('Out of stock');
      break;
    }
    await waitUntil(
      () => findStreamLogLines(app),
      ([line]) => line?.msg.endsWith('closed by client') ?? false,
    );
  });

  test('a stream resumes after its last event each time the connection is lost', async () => {
    await using app = await startTestApp({ streamRetryMs });
    await using network = await startFaultyProxy(app.url);
    const losses: unknown[] = [];
    const client = createClient({ baseUrl: network.url });
    const events = client.events.stream({ after: 0 }, { onLost: (reason) => losses.push(reason) });
    const { id: orderId } = await app.client.orders.create(buildOrder());
    for (let round = 0; round < 5; round += 1) {
      const first = 4 * round + 1;
      expect(await take(events, 1)).toEqual([first]);
      await app.client.orders.edit({ orderId, note: `${round} a` });
      await app.client.orders.edit({ orderId, note: `${round} b` });
      network.cut();
      await app.client.orders.edit({ orderId, note: `${round} c` });
      await app.client.orders.edit({ orderId, note: `${round} d` });
      expect(await take(events, 3)).toEqual([first + 1, first + 2, first + 3]);
    }
    expect(losses.length).toBeGreaterThanOrEqual(5);
    await events.return();
  });

  test('a stream of new events misses nothing if the connection is lost before the first event', async () => {
    await using app = await startTestApp({ streamRetryMs });
    await using network = await startFaultyProxy(app.url);
    await app.client.orders.create(buildOrder());
    const opened = Promise.withResolvers<void>();
    const client = createClient({ baseUrl: network.url });
    const events = client.events.stream({}, { onOpen: () => opened.resolve() });
    const positions = take(events, 2);
    await opened.promise;
    await app.client.stats.get();
    network.cut();
    await app.client.orders.reject({ orderId: 1 });
    await app.client.orders.create(buildOrder());
    expect(await positions).toEqual([2, 3]);
    await events.return();
  });

  test('a stream continues after a restart of the service', async () => {
    await using database = await createTemporaryDatabase();
    const databaseUrl = database.url;
    const app = await startTestApp({ databaseUrl, environment: { random: () => 0 } });
    await app.client.orders.create(buildOrder());
    const losses: unknown[] = [];
    const client = createClient({ baseUrl: app.url });
    const events = client.events.stream({ after: 0 }, { onLost: (reason) => losses.push(reason) });
    expect(await take(events, 1)).toEqual([1]);
    const next = take(events, 1);
    await app[Symbol.asyncDispose]();
    await using restarted = await startTestApp({ databaseUrl, port: Number(new URL(app.url).port) });
    await restarted.client.orders.reject({ orderId: 1 });
    expect(await next).toEqual([2]);
    expect(losses[0]).toEqual({ reason: 'shutdown', detail: 'The service is stopping.' });
    await events.return();
  });

  test('a stream reconnects with a new token after the previous one has expired', async () => {
    await using app = await startAuthenticatedApp({ streamRetryMs });
    const nowS = Math.floor(Date.now() / 1_000);
    const tokens = [createToken({ claims: { exp: nowS - 3 } }), createToken()].values();
    const losses: unknown[] = [];
    const lost = Promise.withResolvers<void>();
    const client = createClient({ baseUrl: app.url, token: () => tokens.next().value });
    const onLost = (reason: unknown) => {
      losses.push(reason);
      lost.resolve();
    };
    const events = client.events.stream({ after: 0 }, { onLost });
    const position = take(events, 1);
    await lost.promise;
    await app.clientAs('ann').orders.create(buildOrder());
    expect(await position).toEqual([1]);
    expect(losses).toMatchObject([{ reason: 'token-expired' }]);
    await events.return();
  });

  test('a permanent rejection is thrown without another attempt', async () => {
    await using app = await startAuthenticatedApp();
    const readRejection = async (input: object, ...scopes: 'orders:write'[]) => {
      const error = await app
        .clientAs('ann', ...scopes)
        .events.stream(input)
        .next()
        .catch((reason: unknown) => reason);
      if (!(error instanceof ProblemError)) throw error;
      return error.code;
    };
    expect(await readRejection({ after: 7 })).toBe('invalid-request');
    expect(await readRejection({}, 'orders:write')).toBe('forbidden');
    await expect(createClient({ baseUrl: app.url }).events.stream().next()).rejects.toThrow('unauthenticated');
    expect(findStreamLogLines(app)).toHaveLength(3);
  });

  test.each(['while connected', 'while waiting to reconnect'])(
    'an aborted stream throws the reason of its signal %s',
    async (moment) => {
      await using app = await startTestApp({ streamRetryMs: 3_600_000 });
      await using network = await startFaultyProxy(app.url);
      const controller = new AbortController();
      const opened = Promise.withResolvers<void>();
      const lost = Promise.withResolvers<void>();
      const options = { signal: controller.signal, onOpen: () => opened.resolve(), onLost: () => lost.resolve() };
      const next = createClient({ baseUrl: network.url }).events.stream({}, options).next();
      await opened.promise;
      if (moment !== 'while connected') {
        network.cut();
        await lost.promise;
      }
      controller.abort(new Error('enough'));
      await expect(next).rejects.toThrow('enough');
      await waitUntil(
        () => findStreamLogLines(app).length,
        (count) => count === 1,
      );
    },
  );
});

type Exchange = { request: IncomingMessage; response: ServerResponse };

/** Starts a server whose requests the test handles one by one with `next`. */
async function startScriptedServer(): Promise<AsyncDisposable & { url: string; next(): Promise<Exchange> }> {
  const waiting: Exchange[] = [];
  const requests = new EventEmitter();
  const server = await startHttpServer((request, response) => {
    waiting.push({ request, response });
    requests.emit('waiting');
  });
  return {
    url: server.url,
    next: async () => {
      if (waiting.length === 0) await once(requests, 'waiting');
      return waiting.shift() as Exchange;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const streamHeaders = { 'content-type': 'text/event-stream' };

describe('the stream of the SDK with a faulty server', () => {
  test('a connection without data for `silenceMs` is replaced', async () => {
    await using server = await startScriptedServer();
    const events = createClient({ baseUrl: server.url }).events.stream({}, { silenceMs: 100 });
    const position = take(events, 1);
    const silent = await server.next();
    expect(silent.request.headers).toMatchObject({ accept: expect.stringMatching(/^text\/event-stream/) });
    silent.response.writeHead(200, streamHeaders).write('retry: 5\nid: 41\n\n');
    const { request, response } = await server.next();
    expect(request.headers['last-event-id']).toBe('41');
    response.writeHead(200, streamHeaders).write(`id: 42\nevent: order.created\ndata: {"position":42}\n\n`);
    expect(await position).toEqual([42]);
    await events.return();
  });

  test('a temporary error is retried, not before the time in Retry-After', async () => {
    await using server = await startScriptedServer();
    const events = createClient({ baseUrl: server.url }).events.stream({ after: 3 });
    const position = take(events, 1);
    (await server.next()).response.writeHead(200, streamHeaders).end('retry: 5\n\n');
    (await server.next()).response.writeHead(429, { 'retry-after': '1' }).end('Slow down');
    const rejectedAt = performance.now();
    (await server.next()).response.destroy();
    expect(performance.now() - rejectedAt).toBeGreaterThanOrEqual(999);
    const { request, response } = await server.next();
    expect(request.url).toBe('/events/stream?after=3');
    response.writeHead(200, streamHeaders).write('id: 4\nevent: order.created\ndata: {"position":4}\n\n');
    expect(await position).toEqual([4]);
    await events.return();
  });

  test('events of unknown types are yielded unchanged', async () => {
    await using server = await startScriptedServer();
    const events = createClient({ baseUrl: server.url }).events.stream();
    const event = events.next();
    const { response } = await server.next();
    const data = { ...orderEventExample, type: 'order.archived', data: { by: 'ann' } };
    response.writeHead(200, streamHeaders).write(`id: 1\nevent: order.archived\ndata: ${JSON.stringify(data)}\n\n`);
    expect((await event).value).toEqual(data);
    await events.return();
  });

  test.each([
    ['an HTML page instead of a stream', { 'content-type': 'text/html' }, '<!doctype html>'],
    ['a message that is not JSON', streamHeaders, 'data: {\n\n'],
  ])('%s is thrown as UnexpectedResponseError', async (_, headers, body) => {
    await using server = await startScriptedServer();
    const event = createClient({ baseUrl: server.url }).events.stream().next();
    (await server.next()).response.writeHead(200, headers).end(body);
    await expect(event).rejects.toThrow(UnexpectedResponseError);
  });

  test('an error of the token source is thrown', async () => {
    const token = () => Promise.reject(new Error('not signed in'));
    const event = createClient({ baseUrl: 'http://127.0.0.1:1', token }).events.stream().next();
    await expect(event).rejects.toThrow('not signed in');
  });
});
