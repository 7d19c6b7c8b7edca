// Tokens verified with the key set of an issuer: supported algorithms, key rotation, and failures of the issuer.

import { describe, expect, test } from 'vitest';
import { generateIssuerKey, type IssuerKey, type KeyServer, startKeyServer } from '../kit/http/key-server.ts';
import { createToken, toBearerHeader } from '../kit/http/tokens.ts';
import { createManualClock, type ManualClock } from '../kit/manual-clock.ts';
import { type AuthenticatedApp, startAuthenticatedApp } from '../kit/service/app.ts';

const [first, second] = [await generateIssuerKey('first'), await generateIssuerKey('second')];

type Setup = AsyncDisposable & {
  app: AuthenticatedApp;
  keys: KeyServer;
  clock: ManualClock;
  /** Sends a request with a new token that is signed with this key, and returns the status of the response. */
  sendSignedWith(key: IssuerKey): Promise<number>;
};

async function startWithKeys(...published: IssuerKey[]): Promise<Setup> {
  await using opening = new AsyncDisposableStack();
  const keys = opening.use(await startKeyServer(...published));
  const clock = createManualClock();
  const options = { authentication: keys.authentication, keySetTimeoutMs: 500, environment: clock };
  const app = opening.use(await startAuthenticatedApp(options));
  let count = 0;
  const opened = opening.move();
  return {
    ...{ app, keys, clock },
    sendSignedWith: async (key) => {
      count += 1;
      const token = await createToken({ ...key, nowMs: clock.now(), claims: { sub: `user-${count}` } });
      return (await app.request('/stats', { headers: toBearerHeader(token) })).status;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

test.each(['RS256', 'RS512', 'PS256', 'ES256', 'ES384', 'EdDSA'])('a token signed with %s is accepted', async (alg) => {
  const key = await generateIssuerKey('key', alg);
  await using setup = await startWithKeys(key);
  expect(await setup.sendSignedWith(key)).toBe(200);
});

test('a token signed with an unpublished key is rejected, also under the id of a published key', async () => {
  await using setup = await startWithKeys(first);
  expect(await setup.sendSignedWith(second)).toBe(401);
  expect(await setup.sendSignedWith({ ...second, header: first.header })).toBe(401);
});

describe('a new key', () => {
  test('a new key is fetched when a token names it', async () => {
    await using setup = await startWithKeys(first);
    expect(await setup.sendSignedWith(first)).toBe(200);
    setup.keys.publish(first, second);
    setup.clock.advance(6_000);
    expect(await setup.sendSignedWith(second)).toBe(200);
    expect(setup.keys.fetches).toBe(2);
  });

  test('an unknown key is fetched at most once in five seconds', async () => {
    await using setup = await startWithKeys(first);
    const unknownKeys = await Promise.all([1, 2, 3, 4].map((count) => generateIssuerKey(`unknown-${count}`)));
    setup.clock.advance(6_000);
    expect(await Promise.all(unknownKeys.map(setup.sendSignedWith))).toEqual([401, 401, 401, 401]);
    expect(await Promise.all(unknownKeys.map(setup.sendSignedWith))).toEqual([401, 401, 401, 401]);
    expect(setup.keys.fetches).toBe(2);
  });
});

test('a withdrawn key is rejected after a minute, also for an accepted token', async () => {
  await using setup = await startWithKeys(first, second);
  const headers = toBearerHeader(await createToken(first));
  const readStatus = async () => (await setup.app.request('/stats', { headers })).status;
  expect(await readStatus()).toBe(200);
  setup.keys.publish(second);
  setup.clock.advance(61_000);
  expect(await readStatus()).toBe(401);
  expect(await setup.sendSignedWith(first)).toBe(401);
  expect(await setup.sendSignedWith(second)).toBe(200);
});

const failures: [string, Parameters<KeyServer['respondWith']>[0]][] = [
  ['returns an error', (_, response) => response.writeHead(500).end()],
  ['returns a page', (_, response) => response.setHeader('content-type', 'text/html').end('<html>')],
  ['returns JSON that is not a key set', (_, response) => response.end('{"keys":{}}')],
  ['returns an empty body', (_, response) => response.end()],
  [
    'redirects',
    ({ url }, response) => {
      if (url === '/other') response.end(JSON.stringify({ keys: [second.jwk] }));
      else response.writeHead(302, { location: '/other' }).end();
    },
  ],
  ['closes the connection', (request) => request.socket.destroy()],
  ['does not respond', () => {}],
];

describe.each(failures)('while the issuer %s', (condition, listener) => {
  test(`known keys remain valid and unknown keys get 503 while the issuer ${condition}`, async () => {
    await using setup = await startWithKeys(first);
    expect(await setup.sendSignedWith(first)).toBe(200);
    setup.keys.respondWith(listener);
    for (const seconds of [61, 6, 86_400]) {
      setup.clock.advance(seconds * 1_000);
      expect(await setup.sendSignedWith(first)).toBe(200);
      expect(await setup.sendSignedWith(second)).toBe(503);
    }
    const warnings = setup.app.logLines.filter(({ msg }) => msg === 'key set download failed');
    expect(warnings).toHaveLength(1);
    setup.keys.publish(second);
    setup.clock.advance(6_000);
    await setup.sendSignedWith(second);
    expect(await setup.sendSignedWith(second)).toBe(200);
    expect(await setup.sendSignedWith(first)).toBe(401);
    expect(setup.app.logLines.some(({ msg }) => msg === 'key set download recovered')).toBe(true);
  });

  test(`the service starts without keys and returns 503 for their tokens while the issuer ${condition}`, async () => {
    await using setup = await startWithKeys();
    setup.keys.respondWith(listener);
    await using app = await startAuthenticatedApp({
      authentication: setup.keys.authentication,
      keySetTimeoutMs: 100,
    });
    const response = await app.request('/stats', { headers: toBearerHeader(await createToken(first)) });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(response.headers.get('www-authenticate')).toBeNull();
    expect((await app.request('/stats', { headers: toBearerHeader(await createToken()) })).status).toBe(401);
    expect((await app.request('/stats')).status).toBe(401);
    expect((await app.request('/health/ready')).status).toBe(200);
  });
});

test('concurrent requests share one fetch of the key set', async () => {
  await using setup = await startWithKeys(first);
  expect(await Promise.all(Array.from({ length: 20 }, () => setup.sendSignedWith(first)))).toEqual(Array(20).fill(200));
  setup.clock.advance(61_000);
  expect(await Promise.all(Array.from({ length: 20 }, () => setup.sendSignedWith(first)))).toEqual(Array(20).fill(200));
  expect(setup.keys.fetches).toBe(2);
});

test('a published symmetric key and a key that is too short are ignored', async () => {
  const bytes = new TextEncoder().encode('z'.repeat(40));
  const jwk = { kty: 'oct', k: Buffer.from(bytes).toString('base64url'), kid: 'oct', alg: 'HS256' };
  const short = { kty: 'RSA', n: Buffer.alloc(64, 255).toString('base64url'), e: 'AQAB', kid: 'short', alg: 'RS256' };
  await using setup = await startWithKeys(first);
  const rsa = await generateIssuerKey('short', 'RS256');
  setup.keys.respondWith((_, response) => response.end(JSON.stringify({ keys: [jwk, short, first.jwk] })));
  setup.clock.advance(61_000);
  const token = await createToken({ key: bytes, header: { alg: 'HS256', kid: 'oct' } });
  expect((await setup.app.request('/stats', { headers: toBearerHeader(token) })).status).toBe(401);
  expect(await setup.sendSignedWith(rsa)).toBe(401);
  expect(await setup.sendSignedWith(first)).toBe(200);
});

test('an invalid key in the key set does not affect the others', async () => {
  await using setup = await startWithKeys(first);
  const broken = { kty: 'EC', crv: 'P-256', x: 'nonsense', y: 7, kid: 'second', alg: 'ES256' };
  setup.keys.respondWith((_, response) => response.end(JSON.stringify({ keys: [broken, first.jwk] })));
  setup.clock.advance(61_000);
  expect(await setup.sendSignedWith(second)).toBe(401);
  expect(await setup.sendSignedWith(first)).toBe(200);
});
