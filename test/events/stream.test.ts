// The event stream: past and new events, each once and in order, from any start position.

import { describe, expect, test } from 'vitest';
import type { Event, EventType } from '../../client/index.ts';
import type { Tables } from '../../server/database/tables.ts';
import { findStreamLogLines, openStream, type StreamItem } from '../kit/events/event-stream.ts';
import { createEvents, listNumbers } from '../kit/events/events.ts';
import { buildOrder, validateOrder } from '../kit/http/orders.ts';
import { formatRequestHead, openSocket, readToEnd } from '../kit/http/raw-http.ts';
import { startTestApp } from '../kit/service/app.ts';
import { waitUntil } from '../kit/wait-until.ts';

describe('a stream', () => {
  test('a stream starts with the retry delay and its position, and then sends new events', async () => {
    await using app = await startTestApp();
    await createEvents(app.client, 3);
    await using stream = await openStream(app);
    expect(await stream.next()).toEqual({ kind: 'retry', ms: 2_000 });
    expect(await stream.next()).toEqual({ kind: 'id', id: '3' });
    await app.client.orders.reject({ orderId: 1, reason: 'Out of stock' });
    const { data } = await app.client.events.list({ after: 3 });
    expect(await stream.next()).toEqual({ kind: 'event', event: data[0] });
  });

  test.each([
    ['the beginning', '?after=0', {}, listNumbers(1, 122)],
    ['a position', '?after=60', {}, listNumbers(61, 122)],
    ['the id of the last message', '', { 'last-event-id': '119' }, [120, 121, 122]],
    ['the id of the last message rather than a position', '?after=1', { 'last-event-id': '119' }, [120, 121, 122]],
    ['the head', '?after=120', {}, [121, 122]],
  ])('a stream replays events from %s and continues with new events', async (_, query, headers, expected) => {
    await using app = await startTestApp();
    await createEvents(app.client, 120);
    await using stream = await openStream(app, query, headers);
    await createEvents(app.client, 2);
    expect(await stream.readPositions(expected.length)).toEqual(expected);
  });

  test('a stream neither skips nor repeats an event at the cutover from past to new events', async () => {
    await using app = await startTestApp();
    const total = 300;
    const writers = Array.from({ length: 10 }, () => createEvents(app.client, total / 10));
    const readers: Promise<number[]>[] = [];
    const openReaders = async () => {
      for (let opened = 0; opened < 60; opened += 1) {
        const from = opened % 3 === 0 ? 0 : (await app.client.events.list({ limit: 1 })).page.nextAfter;
        readers.push(read(from));
      }
    };
    const read = async (from: number) => {
      await using stream = await openStream(app, `?after=${from}`);
      return [...listNumbers(1, from), ...(await stream.readPositions(total - from))];
    };
    await Promise.all([...writers, openReaders()]);
    for (const positions of await Promise.all(readers)) expect(positions).toEqual(listNumbers(1, total));
  });

  test('a stream filters past and new events by type and by order', async () => {
    await using app = await startTestApp();
    const rejectValidatedOrder = async () => {
      const { id } = await app.client.orders.create(buildOrder());
      await validateOrder(app.client, id);
      await app.client.orders.reject({ orderId: id });
    };
    await rejectValidatedOrder();
    const filters: [string, (event: Event) => boolean][] = [
      ['&type=order.created', ({ type }) => type === 'order.created'],
      ['&type=order.rejected,order.created', ({ type }) => ['order.rejected', 'order.created'].includes(type)],
      ['&orderId=2', ({ orderId }) => orderId === 2],
      ['&orderId=1&type=order.validated', ({ orderId, type }) => orderId === 1 && type === 'order.validated'],
      ['', () => true],
    ];
    await using opened = new AsyncDisposableStack();
    const streams = await Promise.all(
      filters.map(async ([query]) => opened.use(await openStream(app, `?after=0${query}`))),
    );
    await rejectValidatedOrder();
    const { data } = await app.client.events.list({ limit: 100 });
    for (const [index, [query, matches]] of filters.entries()) {
      const expected = data.filter(matches).map(({ position }) => position);
      expect(await streams[index]?.readPositions(expected.length), query).toEqual(expected);
    }
  });

  test('a stream does not receive events that only match the filter of another stream', async () => {
    await using app = await startTestApp();
    await using none = await openStream(app, '?type=order.approved');
    await using all = await openStream(app);
    await createEvents(app.client, 5);
    await all.readPositions(5);
    const { id } = await app.client.orders.create(buildOrder());
    await validateOrder(app.client, id);
    await app.client.orders.approve({ orderId: id });
    expect((await none.readUntil('event')).at(-1)).toMatchObject({
      event: { type: 'order.approved' satisfies EventType },
    });
  });

  test('a stream sends a new event at once, without waiting for the next poll', async () => {
    await using app = await startTestApp({ pollMs: 600_000 });
    await using stream = await openStream(app);
    for (let position = 1; position <= 5; position += 1) {
      await app.client.orders.create(buildOrder());
      expect(await stream.readPositions(1)).toEqual([position]);
    }
  });

  test('a stream sends an event that was written without a notification at the next poll', async () => {
    await using app = await startTestApp({ pollMs: 10 });
    await using stream = await openStream(app);
    await app.client.orders.create(buildOrder());
    expect(await stream.readPositions(1)).toEqual([1]);
    const { store } = app.service;
    const [row] = await store.reader.selectFrom('events').selectAll().execute();
    if (!row) throw new Error('no event');
    const again = { ...row, position: 2, sequence: 2, id: '01969a4e-7b5a-7c3e-9d51-0a4b6c8d2e1f' };
    await store.transaction((em) => em.getKysely<Tables>().insertInto('events').values(again).execute());
    expect(await stream.readPositions(1)).toEqual([2]);
  });

  test('a stream sends heartbeats while there are no events', async () => {
    await using app = await startTestApp({ heartbeatMs: 20 });
    await using stream = await openStream(app);
    await stream.readUntil('id');
    expect(await stream.next()).toEqual({ kind: 'comment', text: '' });
    expect(await stream.next()).toEqual({ kind: 'comment', text: '' });
  });

  test.each([
    ['a last event id that is not a number', '', { 'last-event-id': 'x' }, '/header/last-event-id'],
    ['an empty last event id', '', { 'last-event-id': '' }, '/header/last-event-id'],
    ['a last event id beyond the head of the log', '', { 'last-event-id': '4' }, '/header/last-event-id'],
    [
      'a last event id beyond the head of the log and a valid position',
      '?after=1',
      { 'last-event-id': '4' },
      '/header/last-event-id',
    ],
    ['a position beyond the head of the log', '?after=4', {}, '/query/after'],
    ['a negative position', '?after=-1', {}, '/query/after'],
    ['an unknown type', '?type=order.lost', {}, '/query/type/0'],
    ['a repeated type', '?type=order.created,order.created', {}, '/query/type'],
    ['an unknown parameter', '?limit=1', {}, '/query/limit'],
  ])('a stream with %s is rejected', async (_, query, headers, pointer) => {
    await using app = await startTestApp();
    await createEvents(app.client, 3);
    const response = await app.request(`/events/stream${query}`, { headers });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid-request', errors: [{ pointer }] });
  });

  test('a stream forbids caching and proxy buffering', async () => {
    await using app = await startTestApp();
    await using stream = await openStream(app);
    const { headers } = stream;
    expect(headers.get('content-type')).toBe('text/event-stream');
    expect(headers.get('cache-control')).toBe('no-store, no-transform');
    expect(headers.get('x-accel-buffering')).toBe('no');
  });

  test('a stream on HTTP/1.1 is chunked, and a connection that is cut is not its end', async () => {
    await using app = await startTestApp();
    await createEvents(app.client, 2);
    const socket = await openSocket(app.url);
    socket.write(formatRequestHead('GET', '/events/stream?after=1'));
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    await waitUntil(
      () => text,
      (read) => read.includes('id: 2\nevent: order.updated'),
    );
    expect(text).toMatch(/\r\ntransfer-encoding: chunked\r\n/i);
    expect(text).not.toMatch(/\r\n0\r\n\r\n$/);
    socket.destroy();
  });

  test('a client that cannot set headers resumes with the parameter lastEventId', async () => {
    await using app = await startTestApp();
    await createEvents(app.client, 5);
    await using stream = await openStream(app, '?after=0&lastEventId=3');
    expect(await stream.readPositions(2)).toEqual([4, 5]);
    await using other = await openStream(app, '?lastEventId=1', { 'last-event-id': '4' });
    expect(await other.readPositions(1)).toEqual([5]);
    const beyond = await app.request('/events/stream?lastEventId=6');
    expect(await beyond.json()).toMatchObject({ errors: [{ pointer: '/query/lastEventId' }] });
  });

  test('a stream can be read with HTTP/1.0 and ends when its reader disconnects', async () => {
    await using app = await startTestApp();
    await createEvents(app.client, 2);
    const socket = await openSocket(app.url);
    socket.write('GET /events/stream?after=1 HTTP/1.0\r\nHost: localhost\r\n\r\n');
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    await waitUntil(
      () => text,
      (read) => read.endsWith('}\n\n'),
    );
    expect(text).toMatch(
      /^HTTP\/1\.1 200 OK\r\n(?:[\w-]+: .*\r\n)+\r\nretry: 2000\nid: 1\n\nid: 2\nevent: order\.updated\n/,
    );
    expect(text).not.toContain('chunked');
    socket.destroy();
    await waitUntil(
      () => findStreamLogLines(app),
      (lines) => lines.length === 1,
    );
  });

  test('a HEAD request for a stream returns its headers only', async () => {
    await using app = await startTestApp();
    const socket = await openSocket(app.url);
    socket.write(formatRequestHead('HEAD', '/events/stream'));
    const text = await readToEnd(socket);
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).toContain('content-type: text/event-stream\r\n');
    expect(text.endsWith('\r\n\r\n')).toBe(true);
  });

  test('the log line of a stream is written at its end and contains the reason', async () => {
    await using app = await startTestApp();
    {
      await using stream = await openStream(app, '?after=0');
      await stream.readUntil('id');
    }
    const [line] = await waitUntil(
      () => findStreamLogLines(app),
      (lines) => lines.length > 0,
    );
    expect(line).toMatchObject({ level: 30, res: { statusCode: 200 } });
    expect(line?.msg).toMatch(/^GET \/events\/stream\?after=0 200 \d+ ms, closed by client$/);
  });
});

test('opening a stream counts once against the read limit of its caller', async () => {
  await using app = await startTestApp({ rateLimit: { reads: 2, writes: 100 } });
  await using stream = await openStream(app);
  await createEvents(app.client, 3);
  await stream.readPositions(3);
  expect(stream.headers.get('ratelimit')).toBe('"reads";r=1;t=60');
  await using again = await openStream(app);
  expect(((await again.next()) as StreamItem).kind).toBe('retry');
  expect((await app.request('/events/stream')).status).toBe(429);
});
