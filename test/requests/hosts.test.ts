// Hosts and origins over real sockets: authorities are compared as RFC 9110, section 4.2.3, and RFC 9112, section 3.2,
// say, also behind proxies that replace the host.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../server/config/config.ts';
import { openSocket, parseResponses, readToEnd } from '../kit/http/raw-http.ts';
import { createToken, secretAuthentication } from '../kit/http/tokens.ts';
import { startTestApp, type TestApp } from '../kit/service/app.ts';

/** Without authentication: requests must be addressed to loopback or to these hosts. */
let open: TestApp;
/** With authentication, behind a trusted proxy. */
let proxied: TestApp;
let authorization: string;

beforeAll(async () => {
  open = await startTestApp({ allowedHosts: readConfig({ ALLOWED_HOSTS: 'orders.test, 2001:db8::1' }).allowedHosts });
  proxied = await startTestApp({ authentication: secretAuthentication, trustedProxies: 1 });
  authorization = `Authorization: Bearer ${await createToken()}`;
});

afterAll(async () => {
  await open[Symbol.asyncDispose]();
  await proxied[Symbol.asyncDispose]();
});

/** Sends a request line and header lines, and returns the status of the response. */
async function send(app: TestApp, requestLine: string, ...lines: string[]) {
  const socket = await openSocket(app.url);
  socket.write([requestLine, ...lines, 'Connection: close', '', ''].join('\r\n'));
  const [response] = parseResponses(await readToEnd(socket));
  return response?.status;
}

describe('the host of a request', () => {
  test.each([
    ['localhost', 200],
    ['LOCALHOST:8000', 200],
    ['localhost.', 200],
    ['orders.localhost', 200],
    ['127.0.0.1:1', 200],
    ['127.0.0.1:', 200],
    ['[::1]', 200],
    ['[::1]:8000', 200],
    ['[0:0:0:0:0:0:0:1]:80', 200],
    ['orders.test', 200],
    ['Orders.TEST', 200],
    ['orders.test.', 200],
    ['orders.test:80', 200],
    ['orders.test:443', 200],
    ['orders.test:0080', 200],
    ['orders.test:0', 200],
    ['orders.test:65535', 200],
    ['%6frders.test', 200],
    ['[2001:DB8::1]:443', 200],
    ['', 403],
    ['evil.test', 403],
    ['evil.test:8000', 403],
    ['orders.test..', 403],
    ['orders.test.evil.test', 403],
    ['localhost.evil.test', 403],
    ['127.0.0.1.evil.test', 403],
    ['10.0.0.1', 403],
    ['[::2]:80', 403],
    ['orders.test,evil.test', 403],
    ['orders.test:65536', 400],
    [`orders.test:${'0'.repeat(300)}80`, 400],
    ['orders.test:-80', 400],
    ['orders.test:80:80', 400],
    ['orders.test:8o', 400],
    [':80', 400],
    ['::1', 400],
    ['[::1', 400],
    ['[::1]8000', 400],
    ['[fe80::1%25lo]', 400],
    ['orders.test@evil.test', 400],
    ['user:password@orders.test', 400],
    ['orders.test/', 400],
    ['http://orders.test', 400],
    ['orders.test evil.test', 400],
    ['evil.test\\.localhost', 400],
    ['örders.test', 400],
    ['a'.repeat(300), 400],
  ])('a request with the Host %j gets %d if callers do not authenticate', async (host, status) => {
    expect(await send(open, 'GET /orders HTTP/1.1', `Host: ${host}`)).toBe(status);
  });

  test.each([
    ['evil.test', 200],
    ['', 200],
    ['orders.test:65536', 400],
    ['orders.test@evil.test', 400],
  ])(
    'a request with a token and the Host %j gets %d, because pages of other sites have no token',
    async (host, status) => {
      expect(await send(proxied, 'GET /orders HTTP/1.1', `Host: ${host}`, authorization)).toBe(status);
    },
  );

  test('a request with two Host headers is rejected, also if they are equal', async () => {
    expect(await send(open, 'GET /orders HTTP/1.1', 'Host: orders.test', 'Host: orders.test')).toBe(400);
  });

  test('a request without Host is rejected in HTTP/1.1, and has no known host in HTTP/1.0', async () => {
    expect(await send(open, 'GET /orders HTTP/1.1')).toBe(400);
    expect(await send(open, 'GET /orders HTTP/1.0')).toBe(403);
    expect(await send(open, 'GET /health HTTP/1.0')).toBe(200);
  });

  test('a health check for any valid host is accepted, because probes connect by IP address', async () => {
    expect(await send(open, 'GET /health HTTP/1.1', 'Host: 10.0.0.7:8000')).toBe(200);
    expect(await send(open, 'GET /health/ready HTTP/1.1', 'Host: 10.0.0.7:8000')).toBe(200);
  });
});

describe('an absolute request target', () => {
  test.each([
    ['http://orders.test/orders', 'evil.test', 200],
    ['HTTP://ORDERS.test:80/orders?limit=1', 'evil.test', 200],
    ['https://[::1]/orders', 'evil.test', 200],
    ['http://evil.test/orders', 'orders.test', 403],
    ['http://evil.test:80/orders', 'localhost', 403],
    ['http://evil.test/http://orders.test/orders', 'orders.test', 403],
    ['http://orders.test/orders', 'bad host', 400],
    ['http:///orders', 'orders.test', 400],
    ['http://user@orders.test/orders', 'orders.test', 400],
    ['http://orders.test@evil.test/orders', 'orders.test', 400],
    ['http://orders.test:65536/orders', 'orders.test', 400],
    ['http://evil.test\\@orders.test/orders', 'orders.test', 400],
    ['ftp://orders.test/orders', 'orders.test', 404],
  ])('the target %s replaces the Host %j: the status is %d', async (target, host, status) => {
    expect(await send(open, `GET ${target} HTTP/1.1`, `Host: ${host}`)).toBe(status);
  });

  test('the host of an absolute target is compared with the origin of the page', async () => {
    const line = 'POST http://orders.test:80/orders/1/validate HTTP/1.1';
    expect(await send(open, line, 'Host: localhost', 'Origin: http://orders.test')).toBe(404);
    expect(await send(open, line, 'Host: localhost', 'Origin: http://localhost')).toBe(403);
  });
});

/** The response to a write that is not rejected, because the order does not exist. */
const accepted = 404;
const write = 'POST /orders/1/validate HTTP/1.1';

describe('the origin of a page', () => {
  test.each([
    ['orders.example', 'https://orders.example', accepted],
    ['orders.example:443', 'https://orders.example', accepted],
    ['orders.example', 'https://orders.example:443', accepted],
    ['orders.example:80', 'http://orders.example', accepted],
    ['orders.example:', 'http://orders.example', accepted],
    ['orders.example:08443', 'https://orders.example:8443', accepted],
    ['ORDERS.example', 'HTTPS://orders.EXAMPLE', accepted],
    ['[2001:DB8:0::1]:443', 'https://[2001:db8::1]', accepted],
    ['orders.example.', 'https://orders.example.', accepted],
    ['orders.example:80', 'https://orders.example', 403],
    ['orders.example:443', 'http://orders.example', 403],
    ['orders.example:8443', 'https://orders.example', 403],
    ['orders.example', 'https://orders.example:8443', 403],
    ['orders.example', 'https://orders.example.', 403],
    ['orders.example', 'https://user@orders.example', 403],
    ['orders.example', 'https://orders.example/', 403],
    ['orders.example', 'https://orders.example, https://evil.test', 403],
    ['orders.example', 'https://orders.example\\.evil.test', 403],
    ['orders.example', 'ftp://orders.example', 403],
    ['orders.example', '//orders.example', 403],
    ['orders.example', 'null', 403],
    ['', 'https://', 403],
    ['orders.example:0', 'https://orders.example', 403],
  ])('for the host %j, a write from the origin %j gets %d', async (host, origin, status) => {
    const direct = [`Host: ${host}`, `Origin: ${origin}`, authorization];
    expect(await send(proxied, write, ...direct), 'Host').toBe(status);
    // An empty header would not replace the host.
    if (host === '') return;
    const hidden = ['Host: service.internal:8000', `Origin: ${origin}`, authorization];
    expect(await send(proxied, write, ...hidden, `X-Forwarded-Host: ${host}`), 'X-Forwarded-Host').toBe(status);
    expect(await send(proxied, write, ...hidden, `Forwarded: for=192.0.2.1;host="${host}"`), 'Forwarded').toBe(status);
  });

  test('a page on plain HTTP is foreign if a trusted proxy reports that the request used HTTPS', async () => {
    const lines = ['Host: orders.example', authorization, 'X-Forwarded-Proto: https'];
    expect(await send(proxied, write, ...lines, 'Origin: http://orders.example')).toBe(403);
    expect(await send(proxied, write, ...lines, 'Origin: https://orders.example')).toBe(accepted);
  });
});

describe('a page behind a proxy that replaces the host', () => {
  test.each([
    ['the name without the port', 'orders.example', 'https://orders.example:8443'],
    ['the name of the upstream, as nginx does by default', 'upstream:8000', 'https://orders.example'],
    ['an address', '10.0.0.7:8000', 'https://orders.example'],
  ])(
    'a write is accepted if the browser marks it as same-origin and the proxy sends %s',
    async (_case, host, origin) => {
      const lines = [`Host: ${host}`, `Origin: ${origin}`, authorization];
      expect(await send(proxied, write, ...lines, 'Sec-Fetch-Site: same-origin')).toBe(accepted);
      for (const site of ['same-site', 'cross-site', 'none', 'same-origin, cross-site', 'SAME-ORIGIN', '']) {
        expect(await send(proxied, write, ...lines, `Sec-Fetch-Site: ${site}`), site).toBe(403);
      }
      expect(await send(proxied, write, ...lines), 'an older browser').toBe(403);
    },
  );

  test('without authentication, a page whose name was rebound is rejected by the host, or by the origin', async () => {
    const rebound = ['Host: evil.test', 'Origin: https://evil.test'];
    expect(await send(open, write, ...rebound, 'Sec-Fetch-Site: same-origin')).toBe(403);
    // The proxy hides the host. Browsers send no Sec-Fetch-Site over plain HTTP, and HTTPS requires a certificate.
    expect(await send(open, write, 'Host: localhost:8000', 'Origin: http://evil.test')).toBe(403);
    const own = ['Host: localhost:8000', 'Origin: https://orders.test', 'Sec-Fetch-Site: same-origin'];
    expect(await send(open, write, ...own)).toBe(accepted);
  });
});

describe('the configuration of the allowed hosts', () => {
  test.each([
    ['Orders.Example, intern.example.', ['orders.example', 'intern.example']],
    ['2001:DB8::1,[::2]', ['[2001:db8::1]', '[::2]']],
    ['10.0.0.7', ['10.0.0.7']],
    [undefined, []],
  ])('ALLOWED_HOSTS=%j is valid', (ALLOWED_HOSTS, allowedHosts) => {
    expect(readConfig({ ALLOWED_HOSTS })).toMatchObject({ allowedHosts });
  });

  test.each([
    'https://orders.example',
    'orders.example:8000',
    '[::1]:80',
    '*.example',
    'a b',
    'user@a',
    'örders.example',
  ])('ALLOWED_HOSTS=%j is invalid, because it would match no request', (ALLOWED_HOSTS) => {
    expect(() => readConfig({ ALLOWED_HOSTS })).toThrow('ALLOWED_HOSTS: must be host names without scheme');
  });
});
