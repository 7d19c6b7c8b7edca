// Tokens whose keys an issuer publishes: keys come and go, and the issuer is away at times or answers nonsense.

import { describe, expect, test } from 'vitest';
import { type AuthenticatedApp, startAuthenticatedApp } from '../kit/app.ts';
import { generateIssuerKey, type IssuerKey, type KeyServer, startKeyServer } from '../kit/key-server.ts';
import { createToken, toBearerHeader } from '../kit/tokens.ts';

const [first, second] = [await generateIssuerKey('first'), await generateIssuerKey('second')];

type Scene = AsyncDisposable & {
  app: AuthenticatedApp;
  keys: KeyServer;
  /** Lets time pass. */
  pass(seconds: number): void;
  /** What a new token, signed with this key, is answered with. */
  statusOf(key: IssuerKey): Promise<number>;
};

async function startScene(...published: IssuerKey[]): Promise<Scene> {
  await using opening = new AsyncDisposableStack();
  const keys = opening.use(await startKeyServer(...published));
  let nowMs = Date.now();
  const options = { authentication: keys.authentication, keySetTimeoutMs: 500, environment: { now: () => nowMs } };
  const app = opening.use(await startAuthenticatedApp(options));
  let count = 0;
  const opened = opening.move();
  return {
    ...{ app, keys },
    pass: (seconds) => {
      nowMs += seconds * 1_000;
    },
    statusOf: async (key) => {
      count += 1;
      const token = await createToken({ ...key, nowMs, claims: { sub: `user-${count}` } });
      return (await app.request('/stats', { headers: toBearerHeader(token) })).status;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

test.each(['RS256', 'RS512', 'PS256', 'ES256', 'ES384', 'EdDSA'])('%s is accepted', async (alg) => {
  const key = await generateIssuerKey('key', alg);
  await using scene = await startScene(key);
  expect(await scene.statusOf(key)).toBe(200);
});

test('a key that the set does not have signs nothing, nor does one of the right name', async () => {
  await using scene = await startScene(first);
  expect(await scene.statusOf(second)).toBe(401);
  expect(await scene.statusOf({ ...second, header: first.header })).toBe(401);
});

describe('a new key', () => {
  test('is found when a token names it', async () => {
    await using scene = await startScene(first);
    expect(await scene.statusOf(first)).toBe(200);
    scene.keys.publish(first, second);
    scene.pass(6);
    expect(await scene.statusOf(second)).toBe(200);
    expect(scene.keys.fetches).toBe(2);
  });

  test('is not looked for more than once in five seconds, whatever tokens name', async () => {
    await using scene = await startScene(first);
    const strangers = await Promise.all([1, 2, 3, 4].map((count) => generateIssuerKey(`stranger-${count}`)));
    scene.pass(6);
    expect(await Promise.all(strangers.map(scene.statusOf))).toEqual([401, 401, 401, 401]);
    expect(await Promise.all(strangers.map(scene.statusOf))).toEqual([401, 401, 401, 401]);
    expect(scene.keys.fetches).toBe(2);
  });
});

test('a key that was withdrawn signs nothing from two minutes on, not even for a token that was known', async () => {
  await using scene = await startScene(first, second);
  const headers = toBearerHeader(await createToken(first));
  const status = async () => (await scene.app.request('/stats', { headers })).status;
  expect(await status()).toBe(200);
  scene.keys.publish(second);
  scene.pass(61);
  expect(await status()).toBe(401);
  expect(await scene.statusOf(first)).toBe(401);
  expect(await scene.statusOf(second)).toBe(200);
});

const outages: [string, Parameters<KeyServer['respondWith']>[0]][] = [
  ['answers with an error', (_, response) => response.writeHead(500).end()],
  ['answers with a page', (_, response) => response.setHeader('content-type', 'text/html').end('<html>')],
  ['answers with JSON that is no key set', (_, response) => response.end('{"keys":{}}')],
  ['answers with nothing', (_, response) => response.end()],
  [
    'leads elsewhere',
    ({ url }, response) => {
      if (url === '/other') response.end(JSON.stringify({ keys: [second.jwk] }));
      else response.writeHead(302, { location: '/other' }).end();
    },
  ],
  ['breaks the connection', (request) => request.socket.destroy()],
  ['does not answer', () => {}],
];

describe.each(outages)('while the issuer %s', (_, listener) => {
  test('keys that are known go on working, and new ones cannot be told', async () => {
    await using scene = await startScene(first);
    expect(await scene.statusOf(first)).toBe(200);
    scene.keys.respondWith(listener);
    for (const seconds of [61, 6, 86_400]) {
      scene.pass(seconds);
      expect(await scene.statusOf(first)).toBe(200);
      expect(await scene.statusOf(second)).toBe(503);
    }
    const warnings = scene.app.logLines.filter(({ msg }) => msg === 'the keys of tokens cannot be fetched');
    expect(warnings).toHaveLength(1);
    scene.keys.publish(second);
    scene.pass(6);
    await scene.statusOf(second);
    expect(await scene.statusOf(second)).toBe(200);
    expect(await scene.statusOf(first)).toBe(401);
    expect(scene.app.logLines.some(({ msg }) => msg === 'the keys of tokens can be fetched again')).toBe(true);
  });

  test('and has from the start, the service cannot tell anybody, and says so', async () => {
    await using scene = await startScene();
    scene.keys.respondWith(listener);
    await using app = await startAuthenticatedApp({
      authentication: scene.keys.authentication,
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

test('many who ask at once wait for the same fetch', async () => {
  await using scene = await startScene(first);
  expect(await Promise.all(Array.from({ length: 20 }, () => scene.statusOf(first)))).toEqual(Array(20).fill(200));
  scene.pass(61);
  expect(await Promise.all(Array.from({ length: 20 }, () => scene.statusOf(first)))).toEqual(Array(20).fill(200));
  expect(scene.keys.fetches).toBe(2);
});

test('a secret that is published makes no tokens, nor does a key that is too short', async () => {
  const bytes = new TextEncoder().encode('z'.repeat(40));
  const jwk = { kty: 'oct', k: Buffer.from(bytes).toString('base64url'), kid: 'oct', alg: 'HS256' };
  const short = { kty: 'RSA', n: Buffer.alloc(64, 255).toString('base64url'), e: 'AQAB', kid: 'short', alg: 'RS256' };
  await using scene = await startScene(first);
  const rsa = await generateIssuerKey('short', 'RS256');
  scene.keys.respondWith((_, response) => response.end(JSON.stringify({ keys: [jwk, short, first.jwk] })));
  scene.pass(61);
  const token = await createToken({ key: bytes, header: { alg: 'HS256', kid: 'oct' } });
  expect((await scene.app.request('/stats', { headers: toBearerHeader(token) })).status).toBe(401);
  expect(await scene.statusOf(rsa)).toBe(401);
  expect(await scene.statusOf(first)).toBe(200);
});

test('a key that is no key makes no difference to others', async () => {
  await using scene = await startScene(first);
  const broken = { kty: 'EC', crv: 'P-256', x: 'nonsense', y: 7, kid: 'second', alg: 'ES256' };
  scene.keys.respondWith((_, response) => response.end(JSON.stringify({ keys: [broken, first.jwk] })));
  scene.pass(61);
  expect(await scene.statusOf(second)).toBe(401);
  expect(await scene.statusOf(first)).toBe(200);
});
