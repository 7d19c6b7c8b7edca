// Authentication: who asks is known by a token, what they do is done in their name, and a token is found nowhere else.

import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createClient } from '../../client/index.ts';
import { type AuthenticatedApp, startAuthenticatedApp, startTestApp } from '../kit/app.ts';
import { buildOrder, createValidatedOrder } from '../kit/orders.ts';
import { catchProblem } from '../kit/problems.ts';
import { formatRequestHead, sendRaw } from '../kit/raw-http.ts';
import { createToken, secretAuthentication, toBearerHeader, tokenSecret } from '../kit/tokens.ts';

let app: AuthenticatedApp;

beforeAll(async () => {
  app = await startAuthenticatedApp();
});

afterAll(() => app[Symbol.asyncDispose]());

/** The status, the challenge and the detail that a request with this header is answered with. */
async function challengeOf(authorization: string | undefined, path = '/stats') {
  const response = await app.request(path, authorization === undefined ? {} : { headers: { authorization } });
  const { detail = '' } = await response.json();
  return { status: response.status, challenge: response.headers.get('www-authenticate'), detail: String(detail) };
}

describe('a request with a token', () => {
  test('is done in the name of its subject, which the order and its history say', async () => {
    const order = await app.clientAs('ann').orders.create(buildOrder());
    expect(order.createdBy).toBe('ann');
    await app.clientAs('ben@example.com').orders.reject({ orderId: order.id, reason: 'No' });
    const { data } = await app.clientAs('ann').orders.events({ orderId: order.id });
    expect(data.map(({ actor }) => actor.id)).toEqual(['ann', 'ben@example.com']);
  });

  test('stands in the log under its subject', async () => {
    const headers = { ...toBearerHeader(await createToken({ claims: { sub: 'carla' } })), 'x-request-id': 'logged' };
    await app.request('/stats', { headers });
    const line = app.logLines.find(({ req }) => req?.id === 'logged');
    expect(line).toMatchObject({ user: 'carla', res: { statusCode: 200 } });
  });

  test.each(['bearer', 'BEARER', 'Bearer  '])('may write the name of the scheme as %j', async (scheme) => {
    expect(await challengeOf(`${scheme} ${await createToken()}`)).toMatchObject({ status: 200 });
  });

  test.each([
    ['1 character', 'x'],
    ['255 characters, of any script', 'ä€😀'.repeat(85)],
  ])('may have a subject of %s', async (_, sub) => {
    expect((await app.clientAs(sub).orders.create(buildOrder())).createdBy).toBe(sub);
  });

  test('may ask for what is open to everybody, whatever the token is', async () => {
    const response = await app.request('/health', { headers: toBearerHeader('nonsense') });
    expect(response.status).toBe(200);
  });
});

describe('a refusal', () => {
  test('of a request without a token asks for one, and says nothing more', async () => {
    expect(await challengeOf(undefined)).toEqual({
      status: 401,
      challenge: 'Bearer',
      detail: 'This needs a token: Authorization: Bearer, and the token after a space.',
    });
    expect(await challengeOf('Basic YW5uOnNlY3JldA==')).toMatchObject({ status: 401, challenge: 'Bearer' });
    expect(await challengeOf(await createToken())).toMatchObject({ status: 401, challenge: 'Bearer' });
  });

  const nowS = Math.floor(Date.now() / 1_000);
  test.each<[string, Record<string, unknown>]>([
    ['The token has expired.', { exp: nowS - 6 }],
    ['The token is not valid yet.', { nbf: nowS + 60 }],
    ['The token was issued in the future.', { iat: nowS + 60 }],
    ['The token was issued too long ago.', { iat: nowS - 86_400 - 60 }],
    ['The token is from another issuer.', { iss: 'https://elsewhere.test' }],
    ['The token is for another audience.', { aud: 'payments' }],
    ["The token has no 'exp' claim.", { exp: undefined }],
    ["The token has no 'iat' claim.", { iat: undefined }],
    ["The token has no 'sub' claim.", { sub: undefined }],
    ["The 'exp' claim of the token must be a number.", { exp: `${nowS + 60}` }],
    ["The 'scope' claim must be a text: scopes with a space in between.", { scope: ['orders:read'] }],
    ...['', 'x'.repeat(256), 'a\nb', 'a\u0000b', 'a\u007fb', 'a\u2028b', '\ud800', 7, null, ['ann'], { id: 'ann' }].map(
      (sub): [string, { sub: unknown }] => [
        "The 'sub' claim must be a text of 1 to 255 characters, without control characters.",
        { sub },
      ],
    ),
  ])('%s is said of claims like %o', async (detail, claims) => {
    const challenge = 'Bearer error="invalid_token"';
    expect(await challengeOf(`Bearer ${await createToken({ claims })}`)).toEqual({ status: 401, challenge, detail });
  });

  test.each([
    'Bearer',
    'Bearer ',
    'Bearer nonsense',
    'Bearer a.b.c',
    'Bearer a.b.c d',
    'Bearer eyJhbGciOiJIUzI1NiJ9..x',
  ])('says of %j that it is no token, and does not repeat it', async (authorization) => {
    const { status, challenge, detail } = await challengeOf(authorization);
    expect({ status, challenge }).toEqual({ status: 401, challenge: 'Bearer error="invalid_token"' });
    expect(detail).toBe('The token cannot be read: it must be a signed JSON Web Token in its compact form.');
  });

  test('for want of a scope names it', async () => {
    const headers = toBearerHeader(
      await createToken({ claims: { scope: 'orders:read orders:writer webhooks:manage' } }),
    );
    const response = await app.request('/orders', { method: 'POST', headers });
    expect(response.status).toBe(403);
    expect(response.headers.get('www-authenticate')).toBe('Bearer error="insufficient_scope", scope="orders:write"');
    const reader = app.clientAs('ann', 'orders:read');
    const problem = await catchProblem('forbidden', reader.orders.create(buildOrder()));
    expect(problem).toMatchObject({
      scope: 'orders:write',
      detail: "This needs a token with the scope 'orders:write'.",
    });
  });

  test('for want of a token comes before what else is wrong, and for want of a scope too', async () => {
    const faulty: [string, RequestInit][] = [
      ['/orders?limit=x&limit=y&%zz', {}],
      ['/orders/%zz', {}],
      ['/orders/999', {}],
      ['/orders', { method: 'POST', body: '{', headers: { 'content-type': 'text/plain' } }],
      ['/orders', { method: 'POST', body: 'x'.repeat(300_000), headers: { 'content-type': 'application/json' } }],
    ];
    const withoutScopes = toBearerHeader(await createToken({ claims: { scope: undefined } }));
    for (const [path, init] of faulty) {
      expect((await fetch(app.url + path, init)).status, path).toBe(401);
      const headers = { ...init.headers, ...withoutScopes };
      expect((await fetch(app.url + path, { ...init, headers })).status, path).toBe(403);
    }
  });

  test('is not given for what everybody may know: unknown paths and methods', async () => {
    expect((await app.request('/nowhere')).status).toBe(404);
    expect((await app.request('/orders', { method: 'DELETE' })).status).toBe(405);
    expect((await app.request('/orders', { method: 'OPTIONS' })).status).toBe(204);
    expect((await app.request('/')).status).toBe(200);
    expect((await app.request('/docs/')).status).toBe(200);
  });
});

describe('while a token is looked at', () => {
  const approval = JSON.stringify({ note: 'Within the budget' });
  const headOf = async (path: string, sub: string) => {
    const headers = { ...toBearerHeader(await createToken({ claims: { sub } })), 'Content-Type': 'application/json' };
    return formatRequestHead('POST', path, { ...headers, 'Content-Length': approval.length });
  };

  test('a body may arrive, and is read whole', async () => {
    const { id: orderId } = await createValidatedOrder(app.clientAs('ann'));
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1').resume();
    socket.write((await headOf(`/orders/${orderId}/approve`, 'slow')) + approval.slice(0, 5));
    socket.write(approval.slice(5));
    await once(socket, 'close');
    expect(await lastEventOf(orderId)).toMatchObject({ data: { note: 'Within the budget' } });
  });

  test('a caller may go, and what they sent is done whole or not at all', async () => {
    const { id: orderId } = await createValidatedOrder(app.clientAs('ann'));
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1').resume();
    socket.end((await headOf(`/orders/${orderId}/approve`, 'gone')) + approval);
    await once(socket, 'close');
    const { type, data } = await lastEventOf(orderId);
    expect([type, data]).not.toEqual(['order.approved', { note: null }]);
  });

  async function lastEventOf(orderId: number) {
    const { data } = await app.clientAs('ann').orders.events({ orderId });
    return z.looseObject({ type: z.string() }).parse(data.at(-1));
  }
});

test('a token is found neither in the log nor in an answer, wherever it was sent', async () => {
  const token = await createToken({ claims: { sub: 'dora' } });
  const wrong = await createToken({ key: new TextEncoder().encode('x'.repeat(32)) });
  const answers = [
    await app.request('/stats', { headers: toBearerHeader(token) }),
    await app.request('/stats', { headers: toBearerHeader(wrong) }),
    await app.request(`/stats?access_token=${wrong}`),
    await app.request('/stats', { headers: { authorization: wrong, 'x-request-id': wrong } }),
    await app.request(`/problems/${wrong}`, { headers: { authorization: `Basic ${wrong}` } }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 401, 401, 401, 404]);
  const log = JSON.stringify(app.logLines);
  expect(log).toContain('access_token=eyJ…');
  for (const part of [...token.split('.'), ...wrong.split('.')]) expect(log).not.toContain(part);
});

describe('time', () => {
  test('ends a token that was accepted a moment ago, at its end or its greatest age', async () => {
    const begin = Date.parse('2026-05-04T10:00:00Z');
    let nowMs = begin;
    const authentication = { ...secretAuthentication, maxAgeS: 600 };
    await using app = await startAuthenticatedApp({ authentication, environment: { now: () => nowMs } });
    const statusAt = async (headers: { authorization: string }, second: number) => {
      nowMs = begin + second * 1_000;
      return (await app.request('/stats', { headers })).status;
    };
    const short = toBearerHeader(await createToken({ nowMs: begin, claims: { exp: begin / 1_000 + 60 } }));
    expect([await statusAt(short, 0), await statusAt(short, 64), await statusAt(short, 65)]).toEqual([200, 200, 401]);
    const long = toBearerHeader(await createToken({ nowMs: begin, claims: { exp: begin / 1_000 + 9e9 } }));
    expect([await statusAt(long, 0), await statusAt(long, 604), await statusAt(long, 606)]).toEqual([200, 200, 401]);
  });

  test('may differ by five seconds between the issuer and the service', async () => {
    const nowS = Math.floor(Date.now() / 1_000);
    const claims = { nbf: nowS + 4, iat: nowS + 4, exp: nowS - 1 };
    expect(await challengeOf(`Bearer ${await createToken({ claims })}`)).toMatchObject({ status: 200 });
  });
});

describe('without an issuer and an audience in the configuration', () => {
  test('tokens may have any, or none', async () => {
    const authentication = { ...secretAuthentication, issuer: undefined, audience: undefined };
    await using app = await startAuthenticatedApp({ authentication });
    for (const claims of [{}, { iss: 'x', aud: ['y', 'z'] }, { iss: undefined, aud: undefined }]) {
      const response = await app.request('/stats', { headers: toBearerHeader(await createToken({ claims })) });
      expect(response.status).toBe(200);
    }
  });
});

describe('without authentication', () => {
  test('everybody is anonymous and may do everything, whatever token they send', async () => {
    await using app = await startTestApp();
    const client = createClient({ baseUrl: app.url, token: 'nonsense' });
    expect((await client.orders.create(buildOrder())).createdBy).toBe('anonymous');
    await client.orders.reject({ orderId: 1 });
  });

  test('a key that is not used is warned of', async () => {
    await using app = await startTestApp({ hasUnusedKey: true });
    expect(app.logLines).toContainEqual(
      expect.objectContaining({ level: 40, msg: expect.stringContaining('AUTH=off') }),
    );
  });
});

describe('with authentication', () => {
  const post = async (headers: Record<string, string>) =>
    sendRaw(app.url, formatRequestHead('POST', '/orders', { ...toBearerHeader(await createToken()), ...headers }));

  test('any host is answered for: a rebound name has no token', async () => {
    expect(await post({ Host: 'orders.example' })).toMatchObject({ status: 400 });
  });

  test('a page of another origin is refused all the same', async () => {
    expect(await post({ Origin: 'http://evil.test' })).toMatchObject({ status: 403 });
    expect(await post({ Host: 'orders.example', Origin: 'http://localhost' })).toMatchObject({ status: 403 });
    expect(await post({ Host: 'orders.example', Origin: 'http://orders.example' })).toMatchObject({ status: 400 });
  });
});

describe('the token of the SDK', () => {
  test('is a text, or what a function answers for each request', async () => {
    const tokens = ['ann', 'ben'];
    const token = async () => createToken({ claims: { sub: tokens.shift() } });
    const client = createClient({ baseUrl: app.url, token });
    const created = [await client.orders.create(buildOrder()), await client.orders.create(buildOrder())];
    expect(created.map(({ createdBy }) => createdBy)).toEqual(['ann', 'ben']);
    const byText = createClient({ baseUrl: app.url, token: await createToken() });
    expect((await byText.orders.create(buildOrder())).createdBy).toBe('ann');
  });

  test('that is undefined is not sent, and a header of the request wins over it', async () => {
    const client = createClient({ baseUrl: app.url, token: () => undefined });
    expect((await catchProblem('unauthenticated', client.stats.get())).detail).toMatch(/^This needs a token/);
    await client.stats.get({}, { headers: toBearerHeader(await createToken()) });
  });

  test('that cannot be had is thrown as what the function has thrown', async () => {
    const client = createClient({ baseUrl: app.url, token: () => Promise.reject(new Error('not signed in')) });
    await expect(client.stats.get()).rejects.toThrow('not signed in');
  });
});

test('the secret is not in the log', () => expect(JSON.stringify(app.logLines)).not.toContain(tokenSecret));
