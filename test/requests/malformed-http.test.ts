// What is not even a request, or not a whole one, is answered with a problem that arrives, and stands in the log.

import { once } from 'node:events';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { buildOrder } from '../kit/orders.ts';
import {
  expectValidProblem,
  formatRequestHead,
  openSocket,
  parseResponses,
  type RawResponse,
  readToEnd,
  sendRaw,
} from '../kit/raw-http.ts';
import { waitUntil } from '../kit/wait-until.ts';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ maxBodyBytes: 65_536 });
});

afterAll(async () => {
  expect((await app.client.orders.list({ withTotal: true })).page.total).toBe(0);
  await app[Symbol.asyncDispose]();
});

/** What comes back for these bytes. */
async function exchange(...parts: (string | Uint8Array)[]): Promise<RawResponse[]> {
  const socket = await openSocket(app.url);
  for (const part of parts) socket.write(part);
  return parseResponses(await readToEnd(socket));
}

const host = 'Host: localhost\r\n';
const post = `POST /orders HTTP/1.1\r\n${host}Content-Type: application/json\r\n`;
const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n`;

function headersOf(count: number): string {
  return Array.from({ length: count }, (_, index) => `X-${index}: 1\r\n`).join('');
}

test('an answer to HEAD has no body, also where the head is too large to be read', async () => {
  const socket = await openSocket(app.url);
  socket.write(`HEAD /orders HTTP/1.1\r\n${host}A: ${'a'.repeat(20_000)}\r\n\r\n`);
  const text = await readToEnd(socket);
  expect(text).toMatch(/^HTTP\/1\.1 431 /);
  expect(text).toMatch(/Content-Length: \d{3}\r\n/);
  expect(text.endsWith('\r\n\r\n')).toBe(true);
});

describe('a problem is the one answer to', () => {
  test.each<[string, string, number, string]>([
    ['bytes that are no HTTP', '\0\x01\x02\x03', 400, 'invalid-request'],
    ['a greeting in TLS', '\x16\x03\x01\x02\x00\x01\x00', 400, 'invalid-request'],
    ['a greeting in HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'invalid-request'],
    ['a method that nobody knows', `BREW /orders HTTP/1.1\r\n${host}\r\n`, 400, 'invalid-request'],
    ['a method of another protocol', `DESCRIBE /orders HTTP/1.1\r\n${host}\r\n`, 400, 'invalid-request'],
    ['a request line without a version', 'GET /orders\r\nConnection: close\r\n\r\n', 400, 'invalid-request'],
    ['a version that nobody knows', `GET /orders HTTP/3.7\r\n${host}\r\n`, 400, 'invalid-request'],
    ['bytes in a path that must be encoded', `GET /orders/é HTTP/1.1\r\n${host}\r\n`, 400, 'invalid-request'],
    ['a header without a colon', `GET /orders HTTP/1.1\r\n${host}nonsense\r\n\r\n`, 400, 'invalid-request'],
    ['a header with a NUL', `GET /orders HTTP/1.1\r\n${host}A: \0\r\n\r\n`, 400, 'invalid-request'],
    ['a header on two lines', `GET /orders HTTP/1.1\r\n${host}A: b\r\n c\r\n\r\n`, 400, 'invalid-request'],
    ['no host', 'GET /orders HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'invalid-request'],
    [
      'two hosts',
      `GET /orders HTTP/1.1\r\n${host}HOST: localhost\r\nConnection: close\r\n\r\n`,
      400,
      'invalid-request',
    ],
    ['a negative length', `${post}Content-Length: -1\r\n\r\n`, 400, 'invalid-request'],
    ['two lengths', `${post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, 400, 'invalid-request'],
    [
      'a length and chunks',
      `${post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
      'invalid-request',
    ],
    ['an unknown transfer coding', `${post}Transfer-Encoding: gzip, chunked\r\n\r\n`, 400, 'invalid-request'],
    ['a transfer coding without an end', `${post}Transfer-Encoding: gzip\r\n\r\nabc`, 400, 'invalid-request'],
    ['a chunk without a size', `${chunked}zz\r\n`, 400, 'invalid-request'],
    ['a chunk that is longer than it says', `${chunked}1\r\nabc\r\n`, 400, 'invalid-request'],
    ['a chunk with a long extension', `${chunked}1;${'a'.repeat(17_000)}\r\n`, 400, 'invalid-request'],
    ['a path that is too long', `GET /${'a'.repeat(8_192)} HTTP/1.1\r\n${host}\r\n`, 414, 'uri-too-long'],
    ['a path that is longer than a head', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${host}\r\n`, 414, 'uri-too-long'],
    ['a path without an end', `GET /${'a'.repeat(60_000)}`, 414, 'uri-too-long'],
    ['101 headers', `GET /orders HTTP/1.1\r\n${host}${headersOf(100)}\r\n`, 431, 'headers-too-large'],
    ['1,500 headers', `GET /orders HTTP/1.1\r\n${host}${headersOf(1_500)}\r\n`, 431, 'headers-too-large'],
    ['headers of 20 kB', `GET /orders HTTP/1.1\r\n${host}A: ${'a'.repeat(20_000)}\r\n\r\n`, 431, 'headers-too-large'],
    ['a tunnel', 'CONNECT example.test:443 HTTP/1.1\r\nHost: example.test\r\n\r\n', 405, 'method-not-allowed'],
  ])('%s', async (_, text, status, code) => {
    const socket = await openSocket(app.url);
    socket.write(text, 'latin1');
    // What was read so far is whole; whether more could be sent on the connection depends on what was wrong.
    const [response, ...others] = parseResponses(await answerOf(socket));
    expect(others).toEqual([]);
    expect(response && expectValidProblem(response)).toMatchObject({ status, code });
    const requestId = response?.headers['x-request-id'];
    await waitUntil(
      () => app.logLines.filter(({ req }) => req?.id === requestId),
      ([line]) => line?.res?.statusCode === status,
    );
  });

  test('a request whose sender has said all and gone silent in the middle', async () => {
    const socket = await openSocket(app.url);
    socket.end(`GET /orders HTTP/1.1\r\n${host}`);
    const [response] = parseResponses(await readToEnd(socket));
    expect(response && expectValidProblem(response)).toMatchObject({ code: 'invalid-request' });
  });
});

/** The answer to a request after which a connection may be kept: it is whole when its last byte has come. */
async function answerOf(socket: Awaited<ReturnType<typeof openSocket>>): Promise<string> {
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
  });
  const isWhole = () => /\r\n\r\n\{.*\}$/s.test(text);
  while (!isWhole())
    await Promise.race([once(socket, 'data'), once(socket, 'end').then(() => socket.emit('data', ''))]);
  socket.destroy();
  return text;
}

describe('a connection', () => {
  test('closes behind what cannot be read, and says so', async () => {
    const [response] = await exchange('nonsense\r\n\r\n');
    expect(response?.headers).toMatchObject({ connection: 'close' });
    expect(Date.parse(response?.headers.date ?? '')).toBeGreaterThan(0);
  });

  test('first brings the answers to the requests before', async () => {
    const good = `GET /orders/1 HTTP/1.1\r\n${host}\r\n`;
    const answers = await exchange(`${good}${good}nonsense\r\n\r\n`);
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 400]);
  });

  test('brings the answer also to whoever goes on sending', async () => {
    const flood = new Uint8Array(2_000_000).fill(120);
    expect((await exchange('nonsense\r\n\r\n', flood)).map(({ status }) => status)).toEqual([400]);
    const chunks = `${chunked}${'8000\r\n'}${'x'.repeat(32_768)}\r\n${'8001\r\n'}${'x'.repeat(32_769)}\r\n`;
    const [tooLarge, ...others] = await exchange(chunks, `1e8480\r\n`, flood);
    expect(others).toEqual([]);
    expect(tooLarge && expectValidProblem(tooLarge)).toMatchObject({ code: 'payload-too-large', maxBodyBytes: 65_536 });
  });

  test('takes what is still being sent, so that the answer is not lost', async () => {
    const socket = await openSocket(app.url);
    const logged = app.logLines.length;
    socket.write('nonsense\r\n\r\n');
    await waitUntil(
      () => app.logLines.length,
      (length) => length > logged,
    );
    // On a connection that was reset, one of these would fail.
    const send = promisify<Uint8Array, void>((bytes, done) => socket.write(bytes, done));
    for (let count = 0; count < 5; count += 1) await send(new Uint8Array(300_000));
    expect(parseResponses(await readToEnd(socket)).map(({ status }) => status)).toEqual([400]);
  });

  test('does nothing that comes behind an answer that closes', async () => {
    const body = JSON.stringify(buildOrder());
    const create = `${post}Content-Length: ${body.length}\r\n\r\n${body}`;
    const refused = `POST /orders HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n`;
    const together = await exchange(`${refused}0\r\n\r\n${create}`);
    expect(together.map(({ status }) => status)).toEqual([415]);
    const socket = await openSocket(app.url);
    socket.write(refused);
    const [first] = await once(socket, 'data');
    expect(String(first)).toContain(' 415 ');
    socket.end(`0\r\n\r\n${create}`);
    expect(await readToEnd(socket)).toBe('');
  });

  test('is kept behind a refusal whose body is short', async () => {
    const refused = `POST /nothing HTTP/1.1\r\n${host}Content-Length: 2\r\n\r\n{}`;
    const answers = await exchange(refused + formatRequestHead('GET', '/orders/9'));
    expect(answers.map(({ status }) => status)).toEqual([404, 404]);
  });

  test('that wishes for another protocol is served in this one', async () => {
    const upgrade = { Connection: 'Upgrade, close', Upgrade: 'websocket', 'Sec-WebSocket-Key': 'x' };
    expect((await exchange(formatRequestHead('GET', '/health', upgrade))).map(({ status }) => status)).toEqual([200]);
    const toHttp2 = { Connection: 'Upgrade, close, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': '' };
    expect((await exchange(formatRequestHead('GET', '/health', toHttp2))).map(({ status }) => status)).toEqual([200]);
  });

  test('of HTTP/1.0 needs no host to be understood', async () => {
    expect((await exchange('GET /health HTTP/1.0\r\n\r\n')).map(({ status }) => status)).toEqual([200]);
  });

  test('takes 100 headers', async () => {
    const request = `GET /health HTTP/1.1\r\n${host}Connection: close\r\n${headersOf(98)}\r\n`;
    expect((await exchange(request)).map(({ status }) => status)).toEqual([200]);
  });

  test('answers a GET as if its damaged body was not there', async () => {
    const request = `GET /health HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nzz\r\n`;
    expect((await exchange(request)).map(({ status }) => status)).toEqual([200]);
  });
});

describe('a caller that waits to be told to send its body', () => {
  const waiting = (path: string, type: string, length: number) =>
    `POST ${path} HTTP/1.1\r\n${host}Content-Type: ${type}\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`;

  test.each<[string, string, number, string]>([
    ['/orders', 'application/json', 65_537, 'payload-too-large'],
    ['/orders', 'text/plain', 2, 'unsupported-media-type'],
    ['/nothing', 'application/json', 2, 'not-found'],
    ['/health', 'application/json', 2, 'method-not-allowed'],
    ['/orders?x=%zz', 'application/json', 2, 'invalid-request'],
  ])('is not told so where the head is refused: %s, %s, %d bytes', async (path, type, length, code) => {
    const [response, ...others] = await exchange(waiting(path, type, length));
    expect(others).toEqual([]);
    expect(response?.headers.connection).toBe('close');
    expect(response && expectValidProblem(response)).toMatchObject({ code });
  });

  test('is told so, and then answered', async () => {
    const socket = await openSocket(app.url);
    socket.write(waiting('/orders', 'application/json', 2));
    const [first] = await once(socket, 'data');
    expect(String(first)).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.end('{}');
    const [response] = parseResponses(await readToEnd(socket));
    expect(response && expectValidProblem(response)).toMatchObject({ code: 'invalid-request' });
  });
});

describe('NUL', () => {
  test.each([
    ['/orders/1%00', '/path'],
    ['/problems/%00', '/path'],
    ['/assets/%00', '/path'],
    ['/docs/%00', '/path'],
    ['/%00', '/path'],
    ['/orders?customerId=%00', '/query'],
    ['/orders?a%00=1', '/query'],
    ['/health?%00', '/query'],
  ])('does not come through: %s', async (path, pointer) => {
    const { status, body } = await sendRaw(app.url, formatRequestHead('GET', path));
    expect([status, body.errors]).toEqual([400, [{ pointer, detail: 'must not contain NUL' }]]);
  });
});
