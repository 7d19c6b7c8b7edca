// The live stream: what was before and what happens now, every event once and in order, whenever a reader comes.

import { describe, expect, test } from 'vitest';
import type { Event, EventType } from '../../client/index.ts';
import type { Tables } from '../../server/database/tables.ts';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { openStream, type StreamItem } from '../kit/event-stream.ts';
import { buildOrder, validateOrder } from '../kit/orders.ts';
import { formatRequestHead, openSocket, readToEnd } from '../kit/raw-http.ts';
import { waitUntil } from '../kit/wait-until.ts';

/** As many events, of one order. */
async function write({ client }: TestApp, count: number): Promise<void> {
  const { id: orderId } = await client.orders.create(buildOrder());
  for (let written = 1; written < count; written += 1) await client.orders.edit({ orderId, note: `${written}` });
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

describe('a stream', () => {
  test('says at which position it begins and when to come back, and then tells what happens', async () => {
    await using app = await startTestApp();
    await write(app, 3);
    await using stream = await openStream(app);
    expect(await stream.next()).toEqual({ kind: 'retry', ms: 2_000 });
    expect(await stream.next()).toEqual({ kind: 'id', id: '3' });
    await app.client.orders.reject({ orderId: 1, reason: 'Out of stock' });
    const { data } = await app.client.events.list({ after: 3 });
    expect(await stream.next()).toEqual({ kind: 'event', event: data[0] });
  });

  test.each([
    ['the beginning', '?after=0', {}, numbers(1, 122)],
    ['a position', '?after=60', {}, numbers(61, 122)],
    ['the id of the last message', '', { 'last-event-id': '119' }, [120, 121, 122]],
    ['the id of the last message rather than a position', '?after=1', { 'last-event-id': '119' }, [120, 121, 122]],
    ['the head', '?after=120', {}, [121, 122]],
  ])('replays from %s and goes on with what happens', async (_, query, headers, expected) => {
    await using app = await startTestApp();
    await write(app, 120);
    await using stream = await openStream(app, query, headers);
    await write(app, 2);
    expect(await stream.readPositions(expected.length)).toEqual(expected);
  });

  test('leaves nothing out and repeats nothing where what was meets what happens', async () => {
    await using app = await startTestApp();
    const total = 600;
    const writers = Array.from({ length: 10 }, () => write(app, total / 10));
    const readers: Promise<number[]>[] = [];
    const join = async () => {
      for (let joined = 0; joined < 60; joined += 1) {
        const from = joined % 3 === 0 ? 0 : (await app.client.events.list({ limit: 1 })).page.nextAfter;
        readers.push(read(from));
      }
    };
    const read = async (from: number) => {
      await using stream = await openStream(app, `?after=${from}`);
      return [...numbers(1, from), ...(await stream.readPositions(total - from))];
    };
    await Promise.all([...writers, join()]);
    for (const positions of await Promise.all(readers)) expect(positions).toEqual(numbers(1, total));
  });

  test('is narrowed by types and by an order, in what was and in what happens', async () => {
    await using app = await startTestApp();
    const live = async () => {
      const { id } = await app.client.orders.create(buildOrder());
      await validateOrder(app.client, id);
      await app.client.orders.reject({ orderId: id });
    };
    await live();
    const narrowed: [string, (event: Event) => boolean][] = [
      ['&type=order.created', ({ type }) => type === 'order.created'],
      ['&type=order.rejected,order.created', ({ type }) => ['order.rejected', 'order.created'].includes(type)],
      ['&orderId=2', ({ orderId }) => orderId === 2],
      ['&orderId=1&type=order.validated', ({ orderId, type }) => orderId === 1 && type === 'order.validated'],
      ['', () => true],
    ];
    await using opened = new AsyncDisposableStack();
    const streams = await Promise.all(
      narrowed.map(async ([query]) => opened.use(await openStream(app, `?after=0${query}`))),
    );
    await live();
    const { data } = await app.client.events.list({ limit: 100 });
    for (const [index, [query, fits]] of narrowed.entries()) {
      const expected = data.filter(fits).map(({ position }) => position);
      expect(await streams[index]?.readPositions(expected.length), query).toEqual(expected);
    }
  });

  test('tells one reader nothing of what another has asked for', async () => {
    await using app = await startTestApp();
    await using none = await openStream(app, '?type=order.approved');
    await using all = await openStream(app);
    await write(app, 5);
    await all.readPositions(5);
    const { id } = await app.client.orders.create(buildOrder());
    await validateOrder(app.client, id);
    await app.client.orders.approve({ orderId: id });
    expect((await none.readUntil('event')).at(-1)).toMatchObject({
      event: { type: 'order.approved' satisfies EventType },
    });
  });

  test('is told at once, and not only when the service looks by itself', async () => {
    await using app = await startTestApp({ pollMs: 600_000 });
    await using stream = await openStream(app);
    for (let position = 1; position <= 5; position += 1) {
      await app.client.orders.create(buildOrder());
      expect(await stream.readPositions(1)).toEqual([position]);
    }
  });

  test('is told when the service looks by itself, though nobody has hinted that there is something', async () => {
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

  test('shows that it is there while nothing happens', async () => {
    await using app = await startTestApp({ heartbeatMs: 20 });
    await using stream = await openStream(app);
    await stream.readUntil('id');
    expect(await stream.next()).toEqual({ kind: 'comment', text: '' });
    expect(await stream.next()).toEqual({ kind: 'comment', text: '' });
  });

  test.each([
    ['a text as its place', '', { 'last-event-id': 'x' }, '/header/last-event-id'],
    ['an empty place', '', { 'last-event-id': '' }, '/header/last-event-id'],
    ['an id beyond the latest event', '', { 'last-event-id': '4' }, '/header/last-event-id'],
    [
      'an id beyond the latest event, beside a good position',
      '?after=1',
      { 'last-event-id': '4' },
      '/header/last-event-id',
    ],
    ['a position beyond the latest event', '?after=4', {}, '/query/after'],
    ['a negative position', '?after=-1', {}, '/query/after'],
    ['an unknown type', '?type=order.lost', {}, '/query/type/0'],
    ['a repeated type', '?type=order.created,order.created', {}, '/query/type'],
    ['an unknown parameter', '?limit=1', {}, '/query/limit'],
  ])('is refused with %s', async (_, query, headers, pointer) => {
    await using app = await startTestApp();
    await write(app, 3);
    const response = await app.request(`/events/stream${query}`, { headers });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'invalid-request', errors: [{ pointer }] });
  });

  test('is neither cached nor buffered on the way', async () => {
    await using app = await startTestApp();
    await using stream = await openStream(app);
    const { headers } = stream;
    expect(headers.get('content-type')).toBe('text/event-stream');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-accel-buffering')).toBe('no');
  });

  test('is read by HTTP/1.0, too, and is closed by whoever leaves', async () => {
    await using app = await startTestApp();
    await write(app, 2);
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
      () => linesOf(app),
      (lines) => lines.length === 1,
    );
  });

  test('has a head alone for HEAD', async () => {
    await using app = await startTestApp();
    const socket = await openSocket(app.url);
    socket.write(formatRequestHead('HEAD', '/events/stream'));
    const text = await readToEnd(socket);
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).toContain('content-type: text/event-stream\r\n');
    expect(text.endsWith('\r\n\r\n')).toBe(true);
  });

  test('has its line in the log when it is over, which says how it ended', async () => {
    await using app = await startTestApp();
    {
      await using stream = await openStream(app, '?after=0');
      await stream.readUntil('id');
    }
    const [line] = await waitUntil(
      () => linesOf(app),
      (lines) => lines.length > 0,
    );
    expect(line).toMatchObject({ level: 30, res: { statusCode: 200 } });
    expect(line?.msg).toMatch(/^GET \/events\/stream\?after=0 200 \d+ ms, left by its reader$/);
  });
});

function linesOf({ logLines }: TestApp) {
  return logLines.filter(({ msg }) => msg.startsWith('GET /events/stream'));
}

test('a stream is a read, which counts against the limit of its caller once', async () => {
  await using app = await startTestApp({ rateLimit: { reads: 2, writes: 100 } });
  await using stream = await openStream(app);
  await write(app, 3);
  await stream.readPositions(3);
  expect(stream.headers.get('ratelimit')).toBe('"reads";r=1;t=60');
  await using again = await openStream(app);
  expect(((await again.next()) as StreamItem).kind).toBe('retry');
  expect((await app.request('/events/stream')).status).toBe(429);
});
