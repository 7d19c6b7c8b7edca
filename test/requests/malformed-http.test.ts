// Malformed and incomplete HTTP: the client gets exactly one problem, and the log has a line for it.

import { once } from 'node:events';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildOrder } from '../kit/http/orders.ts';
import {
  expectValidProblem,
  formatRequestHead,
  openSocket,
  parseResponses,
  type RawResponse,
  readToEnd,
  sendRaw,
} from '../kit/http/raw-http.ts';
import { startTestApp, type TestApp } from '../kit/service/app.ts';
import { waitUntil } from '../kit/wait-until.ts';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ maxBodyBytes: 65_536 });
});

afterAll(async () => {
  expect((await app.client.orders.list({ withTotal: true })).page.total).toBe(0);
  await app[Symbol.asyncDispose]();
});

/** Sends bytes on a new connection and returns all responses. */
async function exchange(...parts: (string | Uint8Array)[]): Promise<RawResponse[]> {
  const socket = await openSocket(app.url);
  for (const part of parts) socket.write(part);
  return parseResponses(await readToEnd(socket));
}

const host = 'Host: localhost\r\n';
const post = `POST /orders HTTP/1.1\r\n${host}Content-Type: application/json\r\n`;
const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n`;

function formatHeaders(count: number): string {
  return Array.from({ length: count }, (_, index) => `X-${index}: 1\r\n`).join('');
}

test('the response to HEAD has no body, also if the head of the request is too large', async () => {
  const socket = await openSocket(app.url);
  socket.write(`HEAD /orders HTTP/1.1\r\n${host}A: ${'a'.repeat(20_000)}\r\n\r\n`);
  const text = await readToEnd(socket);
  expect(text).toMatch(/^HTTP\/1\.1 431 /);
  expect(text).toMatch(/Content-Length: \d{3}\r\n/);
  expect(text.endsWith('\r\n\r\n')).toBe(true);
});

test('a truncated request to an unknown path gets 404, because its body is not read', async () => {
  const socket = await openSocket(app.url);
  socket.end(`GET /unknown HTTP/1.1\r\n${host}Content-Length: 10\r\n\r\nabc`);
  const responses = parseResponses(await readToEnd(socket));
  expect(responses.map(({ status }) => status)).toEqual([404]);
});

describe('malformed bytes', () => {
  test.each<[string, string, number, string]>([
    ['bytes that are not HTTP', '\0\x01\x02\x03', 400, 'invalid-request'],
    ['a TLS handshake', '\x16\x03\x01\x02\x00\x01\x00', 400, 'invalid-request'],
    ['an HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'invalid-request'],
    ['an unknown method', `BREW /orders HTTP/1.1\r\n${host}\r\n`, 400, 'invalid-request'],
    ['a method of another protocol', `DESCRIBE /orders HTTP/1.1\r\n${host}\r\n`, 400, 'invalid-request'],
    ['a request line without a version', 'GET /orders\r\nConnection: close\r\n\r\n', 400, 'invalid-request'],
    ['an unknown HTTP version', `GET /orders HTTP/3.7\r\n${host}\r\n`, 400, 'invalid-request'],
    ['a path with unencoded bytes', `GET /orders/é HTTP/1.1\r\n${host}\r\n`, 400, 'invalid-request'],
    ['a header without a colon', `GET /orders HTTP/1.1\r\n${host}nonsense\r\n\r\n`, 400, 'invalid-request'],
    ['a header with a NUL', `GET /orders HTTP/1.1\r\n${host}A: \0\r\n\r\n`, 400, 'invalid-request'],
    ['a header on two lines', `GET /orders HTTP/1.1\r\n${host}A: b\r\n c\r\n\r\n`, 400, 'invalid-request'],
    ['a request without a host', 'GET /orders HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'invalid-request'],
    [
      'a request with two hosts',
      `GET /orders HTTP/1.1\r\n${host}HOST: localhost\r\nConnection: close\r\n\r\n`,
      400,
      'invalid-request',
    ],
    ['a negative length', `${post}Content-Length: -1\r\n\r\n`, 400, 'invalid-request'],
    ['a request with two lengths', `${post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, 400, 'invalid-request'],
    [
      'a request with a length and chunks',
      `${post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
      'invalid-request',
    ],
    ['an unknown transfer coding', `${post}Transfer-Encoding: gzip, chunked\r\n\r\n`, 400, 'invalid-request'],
    ['a final transfer coding other than chunked', `${post}Transfer-Encoding: gzip\r\n\r\nabc`, 400, 'invalid-request'],
    ['a chunk without a size', `${chunked}zz\r\n`, 400, 'invalid-request'],
    ['a chunk that is longer than its size', `${chunked}1\r\nabc\r\n`, 400, 'invalid-request'],
    ['a chunk with a long extension', `${chunked}1;${'a'.repeat(17_000)}\r\n`, 400, 'invalid-request'],
    ['a path that is too long', `GET /${'a'.repeat(8_192)} HTTP/1.1\r\n${host}\r\n`, 414, 'uri-too-long'],
    [
      'a path that is longer than the head limit',
      `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${host}\r\n`,
      414,
      'uri-too-long',
    ],
    ['a path that does not end', `GET /${'a'.repeat(60_000)}`, 414, 'uri-too-long'],
    [
      'a request with 101 headers',
      `GET /orders HTTP/1.1\r\n${host}${formatHeaders(100)}\r\n`,
      431,
      'headers-too-large',
    ],
    [
      'a request with 1,500 headers',
      `GET /orders HTTP/1.1\r\n${host}${formatHeaders(1_500)}\r\n`,
      431,
      'headers-too-large',
    ],
    [
      'a request with 20 kB of headers',
      `GET /orders HTTP/1.1\r\n${host}A: ${'a'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers-too-large',
    ],
    ['a CONNECT request', 'CONNECT example.test:443 HTTP/1.1\r\nHost: example.test\r\n\r\n', 405, 'method-not-allowed'],
  ])('%s gets exactly one problem as response', async (_, text, status, code) => {
    const socket = await openSocket(app.url);
    socket.write(text, 'latin1');
    // Only some of these errors close the connection, so the test does not wait for its end.
    const [response, ...others] = parseResponses(await readProblemText(socket));
    expect(others).toEqual([]);
    expect(response && expectValidProblem(response)).toMatchObject({ status, code });
    const requestId = response?.headers['x-request-id'];
    await waitUntil(
      () => app.logLines.filter(({ req }) => req?.id === requestId),
      ([line]) => line?.res?.statusCode === status,
    );
  });

  test('an incomplete request whose client has closed its side gets one problem', async () => {
    const socket = await openSocket(app.url);
    socket.end(`GET /orders HTTP/1.1\r\n${host}`);
    const [response] = parseResponses(await readToEnd(socket));
    expect(response && expectValidProblem(response)).toMatchObject({ code: 'invalid-request' });
  });
});

/** Reads one problem response from a connection that may stay open, and closes the connection. */
async function readProblemText(socket: Awaited<ReturnType<typeof openSocket>>): Promise<string> {
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
  });
  const isComplete = () => /\r\n\r\n\{.*\}$/s.test(text);
  while (!isComplete())
    await Promise.race([once(socket, 'data'), once(socket, 'end').then(() => socket.emit('data', ''))]);
  socket.destroy();
  return text;
}

describe('a connection', () => {
  test('the connection is closed after unparsable bytes, and the response has Connection: close', async () => {
    const [response] = await exchange('nonsense\r\n\r\n');
    expect(response?.headers).toMatchObject({ connection: 'close' });
    expect(Date.parse(response?.headers.date ?? '')).toBeGreaterThan(0);
  });

  test('pipelined requests before unreadable bytes get their responses first', async () => {
    const validRequest = `GET /orders/1 HTTP/1.1\r\n${host}\r\n`;
    const responses = await exchange(`${validRequest}${validRequest}nonsense\r\n\r\n`);
    expect(responses.map(({ status }) => status)).toEqual([404, 404, 400]);
  });

  test('a client that continues to send gets the response', async () => {
    const flood = new Uint8Array(2_000_000).fill(120);
    expect((await exchange('nonsense\r\n\r\n', flood)).map(({ status }) => status)).toEqual([400]);
    const chunks = `${chunked}${'8000\r\n'}${'x'.repeat(32_768)}\r\n${'8001\r\n'}${'x'.repeat(32_769)}\r\n`;
    const [tooLarge, ...others] = await exchange(chunks, `1e8480\r\n`, flood);
    expect(others).toEqual([]);
    expect(tooLarge && expectValidProblem(tooLarge)).toMatchObject({ code: 'payload-too-large', maxBodyBytes: 65_536 });
  });

  test('the rest of a request is read before the close, so that the response is not lost in a reset', async () => {
    const socket = await openSocket(app.url);
    const lineCount = app.logLines.length;
    socket.write('nonsense\r\n\r\n');
    await waitUntil(
      () => app.logLines.length,
      (length) => length > lineCount,
    );
    // On a connection that was reset, one of these writes would fail.
    const send = promisify<Uint8Array, void>((bytes, done) => socket.write(bytes, done));
    for (let count = 0; count < 5; count += 1) await send(new Uint8Array(300_000));
    expect(parseResponses(await readToEnd(socket)).map(({ status }) => status)).toEqual([400]);
  });

  test('a request that follows a closing response is not executed', async () => {
    const body = JSON.stringify(buildOrder());
    const create = `${post}Content-Length: ${body.length}\r\n\r\n${body}`;
    const refused = `POST /orders?x=%zz HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n`;
    const together = await exchange(`${refused}0\r\n\r\n${create}`);
    expect(together.map(({ status }) => status)).toEqual([400]);
    const socket = await openSocket(app.url);
    socket.write(refused);
    const [first] = await once(socket, 'data');
    expect(String(first)).toContain(' 400 ');
    socket.end(`0\r\n\r\n${create}`);
    expect(await readToEnd(socket)).toBe('');
  });

  test('the connection is kept open after a rejected request with a short body', async () => {
    const refused = `POST /nothing HTTP/1.1\r\n${host}Content-Length: 2\r\n\r\n{}`;
    const responses = await exchange(refused + formatRequestHead('GET', '/orders/9'));
    expect(responses.map(({ status }) => status)).toEqual([404, 404]);
  });

  test('a request to upgrade the protocol is executed as HTTP/1.1', async () => {
    const upgrade = { Connection: 'Upgrade, close', Upgrade: 'websocket', 'Sec-WebSocket-Key': 'x' };
    expect((await exchange(formatRequestHead('GET', '/health', upgrade))).map(({ status }) => status)).toEqual([200]);
    const toHttp2 = { Connection: 'Upgrade, close, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': '' };
    expect((await exchange(formatRequestHead('GET', '/health', toHttp2))).map(({ status }) => status)).toEqual([200]);
  });

  test('an HTTP/1.0 request needs no host', async () => {
    expect((await exchange('GET /health HTTP/1.0\r\n\r\n')).map(({ status }) => status)).toEqual([200]);
  });

  test('a request may have 100 headers', async () => {
    const request = `GET /health HTTP/1.1\r\n${host}Connection: close\r\n${formatHeaders(98)}\r\n`;
    expect((await exchange(request)).map(({ status }) => status)).toEqual([200]);
  });

  test('a GET with a malformed body is executed', async () => {
    const request = `GET /health HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nzz\r\n`;
    expect((await exchange(request)).map(({ status }) => status)).toEqual([200]);
  });
});

describe('Expect: 100-continue', () => {
  const formatExpectingHead = (path: string, type: string, length: number) =>
    `POST ${path} HTTP/1.1\r\n${host}Content-Type: ${type}\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`;

  test.each<[string, string, number, string]>([
    ['/orders', 'application/json', 65_537, 'payload-too-large'],
    ['/orders', 'text/plain', 2, 'unsupported-media-type'],
    ['/nothing', 'application/json', 2, 'not-found'],
    ['/health', 'application/json', 2, 'method-not-allowed'],
    ['/orders?x=%zz', 'application/json', 2, 'invalid-request'],
  ])(
    'a rejected head with Expect: 100-continue gets the problem without a 100: %s, %s, %d bytes',
    async (path, type, length, code) => {
      const [response, ...others] = await exchange(formatExpectingHead(path, type, length));
      expect(others).toEqual([]);
      expect(response?.headers.connection).toBe('close');
      expect(response && expectValidProblem(response)).toMatchObject({ code });
    },
  );

  test('an accepted head with Expect: 100-continue gets a 100 and then the response', async () => {
    const socket = await openSocket(app.url);
    socket.write(formatExpectingHead('/orders', 'application/json', 2));
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
    ['/stats?%00', '/query'],
  ])('NUL in a path or query is rejected: %s', async (path, pointer) => {
    const { status, body } = await sendRaw(app.url, formatRequestHead('GET', path));
    expect([status, body.errors]).toEqual([400, [{ pointer, detail: 'must not contain NUL' }]]);
  });
});
