// Trusted proxies: the client's address, protocol and host are taken from the forwarding headers of trusted proxies
// only.

import { request } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../server/config/config.ts';
import type { TrustedProxies } from '../../server/config/http.ts';
import { toNetwork } from '../../server/http/caller-limits/network.ts';
import { createCallerResolver } from '../../server/http/guards/client-address.ts';
import { ServiceRequest } from '../../server/http/request/request.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { createToken, toBearerHeader } from '../kit/http/tokens.ts';
import { startAuthenticatedApp, startTestApp, type TestApp } from '../kit/service/app.ts';

type Headers = Record<string, string>;

/** Sends a request with headers that `fetch` forbids. */
async function send(app: TestApp, headers: Headers, path = '/orders', method = 'POST') {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number;
    headers: NodeJS.Dict<string | string[]>;
  }>();
  const sent = request(app.url + path, { method, headers: { 'content-type': 'application/json', ...headers } });
  sent.on('error', reject).on('response', (response) => {
    const { statusCode = 0, headers } = response.resume();
    response.on('end', () => resolve({ status: statusCode, headers }));
  });
  sent.end(method === 'POST' ? JSON.stringify(buildOrder()) : undefined);
  return promise;
}

const local = '127.0.0.1';

test('the zone of a peer is ignored when it is compared with the trusted proxies', () => {
  const request = new ServiceRequest(Object.defineProperty(new Socket(), 'remoteAddress', { value: 'fe80::1%br-lan' }));
  request.headers['x-forwarded-for'] = '192.0.2.7';
  createCallerResolver(['fe80::/10'])(request);
  expect(request.caller.address).toBe('192.0.2.7');
  expect(toNetwork('fe80::1%br-lan')).toBe('fe80:0:0:0::/64');
});

describe('the address of a caller', () => {
  const chain = { 'x-forwarded-for': '198.51.100.1, 192.0.2.7, 10.0.0.2' };
  test.each<[TrustedProxies | undefined, Headers, string]>([
    [undefined, chain, local],
    [1, {}, local],
    [1, chain, '10.0.0.2'],
    [2, chain, '192.0.2.7'],
    [3, chain, '198.51.100.1'],
    [10, chain, '198.51.100.1'],
    [['10.0.0.0/8'], chain, local],
    [['loopback'], chain, '10.0.0.2'],
    [['127.0.0.1', '10.0.0.0/8'], chain, '192.0.2.7'],
    [['loopback', '0.0.0.0/0'], chain, '198.51.100.1'],
    [1, { 'x-forwarded-for': '192.0.2.7:4711' }, '192.0.2.7'],
    [1, { 'x-forwarded-for': '[2001:db8::1]:4711' }, '2001:db8::1'],
    [1, { 'x-forwarded-for': '2001:db8::1' }, '2001:db8::1'],
    [['loopback', '2001:db8::/32'], { 'x-forwarded-for': '192.0.2.7, 2001:db8::1' }, '192.0.2.7'],
    [2, { 'x-forwarded-for': 'nonsense, 192.0.2.7' }, '192.0.2.7'],
    [1, { 'x-forwarded-for': '<script>' }, local],
    [1, { forwarded: 'for=192.0.2.7;proto=https, For="[2001:db8::1]:80"; by=_me' }, '2001:db8::1'],
    [2, { forwarded: 'for="192.0.2.7:80" , for=10.0.0.2;host="a,b"' }, '192.0.2.7'],
    [2, { forwarded: 'for=192.0.2.7, for=_hidden' }, local],
    [1, { forwarded: 'for="' }, local],
    [1, { forwarded: 'nonsense, for=192.0.2.7' }, '192.0.2.7'],
    [1, { forwarded: 'for="x, for=192.0.2.7' }, '192.0.2.7'],
    [1, { forwarded: 'for=", for="192.0.2.7:80"' }, '192.0.2.7'],
    [1, { forwarded: 'for=192.0.2.7, ,' }, '192.0.2.7'],
    [1, { forwarded: 'for=198.51.100.1', ...chain }, '10.0.0.2'],
    [1, { forwarded: 'for=198.51.100.1', 'x-forwarded-proto': 'https' }, local],
  ])(
    'the address behind the proxies %o with the headers %o is %s in events and in the log',
    async (trustedProxies, headers, address) => {
      await using app = await startTestApp({ trustedProxies });
      expect(await send(app, { ...headers, 'x-request-id': 'by-address' })).toMatchObject({ status: 201 });
      const { reader } = app.service.store;
      const events = await reader.selectFrom('events').select('address').execute();
      expect(events).toEqual([{ address }]);
      await expect
        .poll(() => app.logLines.find(({ req }) => req?.clientRequestId === 'by-address')?.req)
        .toMatchObject({ remoteAddress: address });
    },
  );

  test('the forwarded address is the key of the rate limit', async () => {
    await using app = await startTestApp({ trustedProxies: 1, rateLimit: { reads: 1, writes: 1 } });
    const sendFrom = async (address: string) => (await send(app, { 'x-forwarded-for': address })).status;
    expect(await sendFrom('192.0.2.7')).toBe(201);
    expect(await sendFrom('192.0.2.8')).toBe(201);
    expect(await sendFrom('192.0.2.7')).toBe(429);
    expect(await sendFrom('2001:db8::1')).toBe(201);
    expect(await sendFrom('2001:db8::2')).toBe(429);
    await using alone = await startTestApp({ rateLimit: { reads: 1, writes: 1 } });
    expect(await send(alone, { 'x-forwarded-for': '192.0.2.7' })).toMatchObject({ status: 201 });
    expect(await send(alone, { 'x-forwarded-for': '192.0.2.8' })).toMatchObject({ status: 429 });
  });
});

describe('the host that a request is for', () => {
  test('only a page of the forwarded host is of the same origin', async () => {
    await using app = await startAuthenticatedApp({ trustedProxies: 1 });
    const base = { ...toBearerHeader(await createToken()), 'x-forwarded-host': 'Orders.example' };
    expect(await send(app, { ...base, origin: 'https://orders.example' })).toMatchObject({ status: 201 });
    expect(await send(app, { ...base, origin: app.url })).toMatchObject({ status: 403 });
    await using alone = await startAuthenticatedApp();
    expect(await send(alone, { ...base, origin: 'https://orders.example' })).toMatchObject({ status: 403 });
    expect(await send(alone, { ...base, origin: alone.url })).toMatchObject({ status: 201 });
  });

  test('both the forwarded host and the host of the request must be allowed', async () => {
    await using app = await startTestApp({ trustedProxies: 1, allowedHosts: ['orders.example'] });
    const forwarded = (name: string) => ({ 'x-forwarded-host': name });
    expect(await send(app, forwarded('orders.example'))).toMatchObject({ status: 201 });
    expect(await send(app, forwarded('evil.test'))).toMatchObject({ status: 403 });
    expect(await send(app, { host: 'evil.test', ...forwarded('orders.example') })).toMatchObject({ status: 403 });
  });
});

describe('required HTTPS', () => {
  const secure = { 'x-forwarded-proto': 'https' };

  test.each<[number, TrustedProxies | undefined, Headers]>([
    [201, 1, secure],
    [201, 1, { 'x-forwarded-proto': 'HTTPS' }],
    [201, 1, { forwarded: 'for=192.0.2.7;proto=https' }],
    [201, 2, { 'x-forwarded-for': '192.0.2.7, 10.0.0.2', 'x-forwarded-proto': 'https, http' }],
    [201, 2, { 'x-forwarded-for': '192.0.2.7, 10.0.0.2', ...secure }],
    [403, 1, {}],
    [403, 1, { 'x-forwarded-proto': 'http' }],
    [403, 1, { 'x-forwarded-proto': 'https, http' }],
    [403, 1, { forwarded: 'proto=https', 'x-forwarded-proto': 'http' }],
    [403, ['10.0.0.0/8'], secure],
    [403, undefined, secure],
  ])(
    'if HTTPS is required, a request is %i behind the proxies %o with the headers %o',
    async (status, trustedProxies, headers) => {
      await using app = await startTestApp({ isHttpsRequired: true, trustedProxies });
      const response = await send(app, headers);
      expect(response.status).toBe(status);
      const hsts = status === 201 ? 'max-age=31536000; includeSubDomains' : undefined;
      expect(response.headers['strict-transport-security']).toBe(hsts);
    },
  );

  test('if HTTPS is required, plain HTTP gets 403 without a redirect, before any token is verified', async () => {
    await using app = await startAuthenticatedApp({ isHttpsRequired: true, trustedProxies: 1 });
    for (const path of ['/stats', '/', '/docs', '/openapi.json', '/nowhere']) {
      const response = await app.request(path, { headers: toBearerHeader('let.me.in') });
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ code: 'forbidden', detail: expect.stringContaining('over HTTPS') });
    }
    const page = await send(app, secure, '/docs/', 'GET');
    expect(page).toMatchObject({ status: 200, headers: { 'strict-transport-security': expect.any(String) } });
  });

  test('if HTTPS is required, the health endpoints accept plain HTTP', async () => {
    await using app = await startTestApp({ isHttpsRequired: true, trustedProxies: 1 });
    for (const path of ['/health', '/health/ready']) expect(await app.request(path)).toMatchObject({ status: 200 });
  });

  test('required HTTPS without trusted proxies is logged as a warning', async () => {
    await using app = await startTestApp({ isHttpsRequired: true });
    expect(app.logLines).toContainEqual(
      expect.objectContaining({ msg: expect.stringContaining('without TRUST_PROXY') }),
    );
  });
});

test('if HTTPS is not required, responses have no Strict-Transport-Security header', async () => {
  await using app = await startTestApp({ trustedProxies: 1 });
  const { status, headers } = await send(app, { 'x-forwarded-proto': 'https' });
  expect(status).toBe(201);
  expect(headers['strict-transport-security']).toBe(undefined);
});

describe('the configuration', () => {
  test.each<[string | undefined, TrustedProxies | undefined]>([
    [undefined, undefined],
    ['1', 1],
    ['10', 10],
    ['loopback, 10.0.0.0/8,2001:db8::/32,192.0.2.7', ['loopback', '10.0.0.0/8', '2001:db8::/32', '192.0.2.7']],
  ])('TRUST_PROXY=%j is valid', (TRUST_PROXY, trustedProxies) => {
    expect(readConfig({ TRUST_PROXY }).trustedProxies).toEqual(trustedProxies);
  });

  test.each([
    '0',
    '11',
    'true',
    '*',
    '10.0.0.0/33',
    '::/129',
    '10.0.0',
    'proxy.example',
    '10.0.0.0/',
    ',',
    'fe80::1%lo',
  ])('TRUST_PROXY=%j is invalid', (TRUST_PROXY) => {
    expect(() => readConfig({ TRUST_PROXY, REQUIRE_HTTPS: 'yes' })).toThrow(
      /TRUST_PROXY: must be a number of proxies from 1 to 10, .*REQUIRE_HTTPS: must be on or off$/,
    );
  });

  test('HTTPS is required with REQUIRE_HTTPS=on and optional by default', () => {
    expect(readConfig({}).isHttpsRequired).toBe(false);
    expect(readConfig({ REQUIRE_HTTPS: 'on' }).isHttpsRequired).toBe(true);
  });
});
