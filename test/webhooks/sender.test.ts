// One delivery attempt: the request, the result, and hostile receivers, which must not exceed the time limit or leak
// connections.

import { createHmac } from 'node:crypto';
import type { Socket } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { verifyWebhook } from '../../client/webhooks.ts';
import type { AttemptResult } from '../../server/webhooks/sender.ts';
import { waitUntil } from '../kit/wait-until.ts';
import { startRawReceiver } from '../kit/webhooks/raw-receiver.ts';
import { startReceiver } from '../kit/webhooks/receiver.ts';
import {
  buildMessage,
  createSender,
  neverAborted,
  noContentResponse,
  otherWebhookSecret,
  sentEvent,
  trustingOptions,
  waitUntilClosed,
  webhookSecret,
} from '../kit/webhooks/sender.ts';

describe('a delivery', () => {
  test('a delivery is a signed POST that the SDK verifies', async () => {
    await using receiver = await startReceiver();
    await using sender = createSender();
    const now = Date.now();
    const result = await sender.send(buildMessage(receiver.url, { nowMs: now }), neverAborted);
    expect(result).toEqual({ statusCode: 204, error: null, durationMs: expect.any(Number), retryAfterMs: null });
    const [request] = receiver.received;
    if (!request) throw new Error('nothing came');
    expect(request.headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(request.body)),
      'user-agent': 'order-workflow-service',
      'webhook-id': sentEvent.id,
      'webhook-timestamp': String(Math.floor(now / 1_000)),
    });
    expect(verifyWebhook({ secret: webhookSecret, ...request })).toEqual(sentEvent);
    expect(() => verifyWebhook({ secret: otherWebhookSecret, ...request })).toThrow('No matching signature');
  });

  test('the signature of a delivery is the HMAC-SHA256 of id, timestamp and body', async () => {
    await using receiver = await startReceiver();
    await using sender = createSender();
    await sender.send(buildMessage(receiver.url), neverAborted);
    const [request] = receiver.received;
    if (!request) throw new Error('nothing came');
    const { headers, body } = request;
    const key = Buffer.from(webhookSecret.slice('whsec_'.length), 'base64');
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    const signature = createHmac('sha256', key).update(signed).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${signature}`);
  });

  test('a delivery is signed with both secrets during a rotation', async () => {
    await using receiver = await startReceiver();
    await using sender = createSender();
    await sender.send(buildMessage(receiver.url, { secrets: [webhookSecret, otherWebhookSecret] }), neverAborted);
    const [request] = receiver.received;
    if (!request) throw new Error('nothing came');
    expect(request.headers['webhook-signature']).toMatch(/^v1,\S{44} v1,\S{44}$/);
    for (const either of [webhookSecret, otherWebhookSecret])
      expect(verifyWebhook({ secret: either, ...request })).toEqual(sentEvent);
  });

  test('a delivery of a megabyte arrives complete', async () => {
    await using receiver = await startReceiver();
    await using sender = createSender();
    const body = JSON.stringify({ ...sentEvent, data: { note: 'ü'.repeat(500_000) } });
    expect((await sender.send(buildMessage(receiver.url, { body }), neverAborted)).error).toBeNull();
    expect(receiver.received[0]?.body).toBe(body);
  });
});

describe('a response', () => {
  test.each([200, 201, 202, 204, 299])('a response with status %i is a success', async (status) => {
    await using receiver = await startReceiver(
      (_, response) => void response.writeHead(status, { 'retry-after': '9' }).end(),
    );
    await using sender = createSender();
    const result = await sender.send(buildMessage(receiver.url), neverAborted);
    expect(result).toMatchObject({ statusCode: status, error: null, retryAfterMs: null });
  });

  test.each([400, 401, 404, 410, 429, 500, 503, 599])('a response with status %i is a failure', async (status) => {
    await using receiver = await startReceiver(
      (_, response) => void response.writeHead(status).end('secret of the inside'),
    );
    await using sender = createSender();
    const result = await sender.send(buildMessage(receiver.url), neverAborted);
    const error = `The receiver responded with status ${status}.`;
    expect(result).toMatchObject({ statusCode: status, error, retryAfterMs: null });
  });

  test.each([301, 302, 303, 307, 308])('a redirect with status %i is a failure and is not followed', async (status) => {
    await using other = await startReceiver();
    await using receiver = await startReceiver(
      (_, response) => void response.writeHead(status, { location: other.url }).end(),
    );
    await using sender = createSender();
    const error = `The receiver responded with status ${status}; redirects are not followed.`;
    expect(await sender.send(buildMessage(receiver.url), neverAborted)).toMatchObject({ statusCode: status, error });
    expect(other.received).toEqual([]);
  });

  const now = Date.UTC(1994, 10, 6, 8, 49, 30);
  test.each([
    ['120', 120_000],
    ['0', 0],
    [' 7 ', 7_000],
    ['999999999', 999_999_999_000],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 7_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 7_000],
    ['Sun Nov  6 08:49:37 1994', 7_000],
    ['Sun, 06 Nov 1994 08:49:00 GMT', 0],
    ['-1', null],
    ['1.5', null],
    ['1e9', null],
    ['9999999999', null],
    ['tomorrow', null],
    ['1994-11-06', null],
    ['Sun, 99 Nov 1994 08:49:37 GMT', null],
    ['', null],
  ])('Retry-After is parsed independently of the time zone: %j', async (value, expected) => {
    vi.stubEnv('TZ', 'Asia/Tokyo');
    onTestFinished(() => void vi.unstubAllEnvs());
    await using receiver = await startReceiver(
      (_, response) => void response.writeHead(503, { 'retry-after': value }).end(),
    );
    await using sender = createSender();
    expect((await sender.send(buildMessage(receiver.url, { nowMs: now }), neverAborted)).retryAfterMs).toBe(expected);
  });
});

/** Sends a delivery to a receiver and returns the result, after all connections are closed. */
async function sendTo(serve: (socket: Socket) => void, timeoutMs = 3_600_000): Promise<AttemptResult> {
  await using receiver = await startRawReceiver(serve);
  await using sender = createSender({ timeoutMs });
  const result = await sender.send(buildMessage(`http://127.0.0.1:${receiver.port}/`), neverAborted);
  await waitUntilClosed(receiver);
  return result;
}

/** Writes as fast as the peer reads, until the connection is closed. */
function flood(socket: Socket, text: string, start = ''): void {
  socket.write(start);
  const more = () => {
    while (socket.writable && socket.write(text));
  };
  socket.on('drain', more);
  more();
}

/** Writes a text every 5 ms until the connection is closed. */
function drip(socket: Socket, text: string, start = ''): void {
  socket.write(start);
  const timer = setInterval(() => socket.write(text), 5);
  socket.on('close', () => clearInterval(timer));
}

const noHttp = 'The response is not valid HTTP.';
const broken = 'The connection was closed before a response was received.';
const tooLarge = 'The response headers are too large.';
const late = 'No response within 0.2 s.';
const head = 'HTTP/1.1 200 OK\r\n';

describe('a receiver that', () => {
  const failures: [string, (socket: Socket) => void, string][] = [
    ['never responds', () => {}, late],
    ['never reads', (socket) => socket.pause(), late],
    ['hangs after the status line', (socket) => socket.write(head), late],
    ['drips a header', (socket) => drip(socket, 'x', `${head}x: `), late],
    ['drips headers', (socket) => drip(socket, 'x: y\r\n', head), late],
    ['drips interim responses', (socket) => drip(socket, 'HTTP/1.1 102 Processing\r\n\r\n'), '(1xx)'],
    ['never ends a header', (socket) => flood(socket, 'x'.repeat(65_536), `${head}x: `), tooLarge],
    ['never ends its headers', (socket) => flood(socket, 'x: y\r\n'.repeat(9_999), head), tooLarge],
    ['has a huge header', (socket) => socket.write(`${head}x: ${'y'.repeat(20_000)}\r\n\r\n`), tooLarge],
    ['sends 100 endlessly', (socket) => flood(socket, 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(999)), '(1xx)'],
    [
      'sends 103 endlessly',
      (socket) => flood(socket, 'HTTP/1.1 103 Early Hints\r\nlink: </>\r\n\r\n'.repeat(999)),
      '(1xx)',
    ],
    [
      'switches to another protocol',
      (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
      '(101)',
    ],
    ['speaks HTTP/0.9', (socket) => socket.end('<html>hello</html>'), noHttp],
    ['speaks HTTP/2', (socket) => socket.end(Buffer.from('000012040000000000000300000064', 'hex')), noHttp],
    ['speaks SSH', (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'), noHttp],
    ['has a status beyond 599', (socket) => socket.end('HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n'), noHttp],
    ['has a status below 100', (socket) => socket.end('HTTP/1.1 099 Odd\r\ncontent-length: 0\r\n\r\n'), noHttp],
    ['has a status of letters', (socket) => socket.end('HTTP/1.1 abc OK\r\n\r\n'), noHttp],
    ['has two lengths', (socket) => socket.end(`${head}content-length: 1\r\ncontent-length: 2\r\n\r\nab`), noHttp],
    [
      'has a length and chunks',
      (socket) => socket.end(`${head}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\na`),
      noHttp,
    ],
    ['closes at once', (socket) => socket.end(), broken],
    ['resets at once', (socket) => socket.resetAndDestroy(), broken],
    ['resets when the request arrives', (socket) => socket.on('data', () => socket.resetAndDestroy()), broken],
    ['closes within the status line', (socket) => socket.end('HTTP/1.1 20'), broken],
    ['closes within the head', (socket) => socket.end(`${head}content-length: 3`), broken],
  ];

  test.each(failures)('an attempt fails within the time limit if the receiver %s', async (_, serve, error) => {
    const result = await sendTo(serve, error === late ? 200 : undefined);
    expect(result).toMatchObject({ statusCode: null, retryAfterMs: null });
    expect(result.error).toContain(error);
  });

  const successes: [string, (socket: Socket) => void][] = [
    ['sends an endless body', (socket) => flood(socket, 'x'.repeat(65_536), `${head}\r\n`)],
    [
      'sends endless chunks',
      (socket) => flood(socket, '1\r\nx\r\n'.repeat(9_999), `${head}transfer-encoding: chunked\r\n\r\n`),
    ],
    ['never sends the body', (socket) => socket.write(`${head}content-length: 9\r\n\r\n`)],
    ['drips a body', (socket) => drip(socket, 'x', `${head}\r\n`)],
    ['closes within the body', (socket) => socket.end(`${head}content-length: 9\r\n\r\nx`)],
    [
      'resets within the body',
      (socket) => socket.write(`${head}content-length: 9\r\n\r\nx`, () => socket.resetAndDestroy()),
    ],
    ['sends invalid chunks', (socket) => socket.end(`${head}transfer-encoding: chunked\r\n\r\nnonsense\r\n`)],
    [
      'sends more bytes after the response',
      (socket) => socket.write(`${head}content-length: 0\r\n\r\n${noContentResponse}nonsense`),
    ],
    ['speaks HTTP/1.0', (socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nthanks')],
  ];

  test.each(successes)('an attempt succeeds without leaked connections if the receiver %s', async (_, serve) => {
    const result = await sendTo((socket) => socket.once('data', () => serve(socket)));
    expect(result).toMatchObject({ statusCode: 200, error: null });
  });

  test('an endless response body is cut off early', async () => {
    let flooded: Socket | undefined;
    const result = await sendTo((socket) => {
      flooded = socket;
      flood(socket, 'x'.repeat(65_536), `${head}\r\n`);
    });
    expect(result).toMatchObject({ statusCode: 200, error: null });
    expect(flooded?.bytesWritten).toBeLessThan(20_000_000);
  });

  test('a connection is reused after interim responses', async () => {
    const answer = `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </>\r\n\r\n${noContentResponse}`;
    await using receiver = await startRawReceiver((socket) => socket.on('data', () => socket.write(answer)));
    await using sender = createSender();
    const message = buildMessage(`http://127.0.0.1:${receiver.port}/`);
    for (const _ of [1, 2])
      expect(await sender.send(message, neverAborted)).toMatchObject({ statusCode: 204, error: null });
    expect(receiver.reachedAddresses).toHaveLength(1);
  });

  test('a connection is closed if the receiver responds without reading the request', async () => {
    await using receiver = await startRawReceiver((socket) => {
      socket.pause();
      socket.write(noContentResponse);
    });
    await using sender = createSender();
    const message = buildMessage(`http://127.0.0.1:${receiver.port}/`, { body: 'x'.repeat(30_000_000) });
    expect((await sender.send(message, neverAborted)).statusCode).toBe(204);
    await waitUntilClosed(receiver);
  });

  test('a refused connection is reported in the result', async () => {
    await using sender = createSender();
    const gone = await startReceiver();
    await gone[Symbol.asyncDispose]();
    const result = await sender.send(buildMessage(gone.url), neverAborted);
    expect(result).toMatchObject({ statusCode: null, error: 'The connection was refused.' });
  });
});

describe('aborting', () => {
  const reason = new Error('enough');

  test('aborting an attempt rejects at once with the reason and closes the connection', async () => {
    await using receiver = await startRawReceiver(() => {});
    await using sender = createSender();
    const giving = new AbortController();
    const message = buildMessage(`http://127.0.0.1:${receiver.port}/`);
    const sent = sender.send(message, giving.signal);
    await waitUntil(
      () => receiver.received,
      (text) => text.includes('order.approved'),
    );
    giving.abort(reason);
    await expect(sent).rejects.toBe(reason);
    await expect(sender.send(message, giving.signal)).rejects.toBe(reason);
    await waitUntilClosed(receiver);
    expect(receiver.reachedAddresses).toHaveLength(1);
  });

  test('aborting an attempt rejects while the name is being resolved', async () => {
    await using sender = createSender({ ...trustingOptions, resolve: () => new Promise(() => {}) });
    const giving = new AbortController();
    const sent = sender.send(buildMessage('https://receiver.example/'), giving.signal);
    giving.abort(reason);
    await expect(sent).rejects.toBe(reason);
  });

  test('aborting after the response head still returns the result', async () => {
    await using receiver = await startRawReceiver((socket) => socket.write(`${head}content-length: 9\r\n\r\n`));
    await using sender = createSender();
    const giving = new AbortController();
    const sent = sender.send(buildMessage(`http://127.0.0.1:${receiver.port}/`), giving.signal);
    await waitUntil(
      () => receiver.received,
      (text) => text.includes('order.approved'),
    );
    setImmediate(() => setImmediate(() => giving.abort(reason)));
    expect((await sent).statusCode).toBe(200);
  });

  test('the time limit includes the name resolution', async () => {
    await using sender = createSender({ ...trustingOptions, timeoutMs: 50, resolve: () => new Promise(() => {}) });
    const result = await sender.send(buildMessage('https://receiver.example/'), neverAborted);
    expect(result).toMatchObject({ statusCode: null, error: 'No response within 0.05 s.' });
  });

  test('closing the sender aborts attempts and closes kept-alive connections', async () => {
    await using silent = await startRawReceiver(() => {});
    await using receiver = await startRawReceiver((socket) => socket.on('data', () => socket.write(noContentResponse)));
    const sender = createSender();
    await sender.send(buildMessage(`http://127.0.0.1:${receiver.port}/`), neverAborted);
    let failure: unknown;
    sender.send(buildMessage(`http://127.0.0.1:${silent.port}/`), neverAborted).catch((error) => {
      failure = error;
    });
    await waitUntil(
      () => silent.openConnections,
      (open) => open === 1,
    );
    expect(receiver.openConnections).toBe(1);
    await sender[Symbol.asyncDispose]();
    expect(failure).toMatchObject({ message: 'the webhook sender is closed' });
    await Promise.all([waitUntilClosed(silent), waitUntilClosed(receiver)]);
    await expect(sender.send(buildMessage('https://receiver.example/'), neverAborted)).rejects.toThrow('is closed');
  });
});
