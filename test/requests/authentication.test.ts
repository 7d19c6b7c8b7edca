// Authentication with bearer tokens: accepted and rejected tokens, the actor of a change, and the secrecy of tokens.

import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createClient } from '../../client/index.ts';
import { buildOrder, createValidatedOrder } from '../kit/http/orders.ts';
import { catchProblem } from '../kit/http/problems.ts';
import { formatRequestHead, sendRaw } from '../kit/http/raw-http.ts';
import { createToken, secretAuthentication, toBearerHeader, tokenSecret } from '../kit/http/tokens.ts';
import { type AuthenticatedApp, startAuthenticatedApp, startTestApp } from '../kit/service/app.ts';

let app: AuthenticatedApp;

beforeAll(async () => {
  app = await startAuthenticatedApp();
});

afterAll(() => app[Symbol.asyncDispose]());

/** Sends a request with this `Authorization` header and returns the status, challenge and detail of the response. */
async function readChallenge(authorization: string | undefined, path = '/stats') {
  const response = await app.request(path, authorization === undefined ? {} : { headers: { authorization } });
  const { detail = '' } = await response.json();
  return { status: response.status, challenge: response.headers.get('www-authenticate'), detail: String(detail) };
}

describe('a request with a token', () => {
  test('the subject of a token is the creator of its orders and the actor of its events', async () => {
    const order = await app.clientAs('ann').orders.create(buildOrder());
    expect(order.createdBy).toBe('ann');
    await app.clientAs('ben@example.com').orders.reject({ orderId: order.id, reason: 'No' });
    const { data } = await app.clientAs('ann').orders.events({ orderId: order.id });
    expect(data.map(({ actor }) => actor.id)).toEqual(['ann', 'ben@example.com']);
  });

  test('the log line of a request has the subject of its token', async () => {
    const headers = { ...toBearerHeader(await createToken({ claims: { sub: 'carla' } })), 'x-request-id': 'logged' };
    await app.request('/stats', { headers });
    const line = app.logLines.find(({ req }) => req?.clientRequestId === 'logged');
    expect(line).toMatchObject({ user: 'carla', res: { statusCode: 200 } });
  });

  test.each(['bearer', 'BEARER', 'Bearer  '])('the authentication scheme may be written as %j', async (scheme) => {
    expect(await readChallenge(`${scheme} ${await createToken()}`)).toMatchObject({ status: 200 });
  });

  test.each([
    ['1 character', 'x'],
    ['255 characters of any script', 'ä€😀'.repeat(85)],
  ])('a token may have a subject of %s', async (_, sub) => {
    expect((await app.clientAs(sub).orders.create(buildOrder())).createdBy).toBe(sub);
  });

  test('a public endpoint ignores an invalid token', async () => {
    const response = await app.request('/health', { headers: toBearerHeader('nonsense') });
    expect(response.status).toBe(200);
  });
});

describe('a rejected request', () => {
  test('a request without a token gets 401 with a challenge that has no error', async () => {
    expect(await readChallenge(undefined)).toEqual({
      status: 401,
      challenge: 'Bearer',
      detail: 'This endpoint requires a token: send the header Authorization: Bearer <token>.',
    });
    expect(await readChallenge('Basic YW5uOnNlY3JldA==')).toMatchObject({ status: 401, challenge: 'Bearer' });
    expect(await readChallenge(await createToken())).toMatchObject({ status: 401, challenge: 'Bearer' });
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
    ...['', 'x'.repeat(256), 'a\nb', 'a\u0000b', 'a\u007fb', 'a\u2028b', '\ud800', 7, null, ['ann'], { id: 'ann' }].map(
      (sub): [string, { sub: unknown }] => [
        "The 'sub' claim must be a string of 1 to 255 characters without control characters.",
        { sub },
      ],
    ),
  ])('the rejection "%s" is returned for a token with the claims %o', async (detail, claims) => {
    const challenge = 'Bearer error="invalid_token"';
    expect(await readChallenge(`Bearer ${await createToken({ claims })}`)).toEqual({ status: 401, challenge, detail });
  });

  test.each([
    'Bearer',
    'Bearer ',
    'Bearer nonsense',
    'Bearer a.b.c',
    'Bearer a.b.c d',
    'Bearer eyJhbGciOiJIUzI1NiJ9..x',
  ])('the malformed header %j gets 401, and the response does not repeat it', async (authorization) => {
    const { status, challenge, detail } = await readChallenge(authorization);
    expect({ status, challenge }).toEqual({ status: 401, challenge: 'Bearer error="invalid_token"' });
    expect(detail).toBe('The token is malformed: it must be a signed JSON Web Token in compact form.');
  });

  test('a token without the required scope gets 403, and the response names the scope', async () => {
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
      detail: "This endpoint requires a token with the scope 'orders:write'.",
    });
  });

  test('a token without several required scopes gets 403, and the response names all of them', async () => {
    const writer = app.clientAs('ann', 'orders:write');
    const problem = await catchProblem('forbidden', writer.webhooks.create({ url: 'https://receiver.test/' }));
    expect(problem).toMatchObject({
      scope: 'webhooks:manage',
      detail: "This endpoint requires a token with the scopes 'webhooks:manage' and 'orders:read'.",
    });
  });

  test('a missing token or scope is reported before any other error of a request', async () => {
    const invalid: [string, RequestInit][] = [
      ['/orders?limit=x&limit=y&%zz', {}],
      ['/orders/%zz', {}],
      ['/orders/999', {}],
      ['/orders', { method: 'POST', body: '{', headers: { 'content-type': 'text/plain' } }],
      ['/orders', { method: 'POST', body: 'x'.repeat(300_000), headers: { 'content-type': 'application/json' } }],
    ];
    const withoutScopes = toBearerHeader(await createToken({ claims: { scope: undefined } }));
    for (const [path, init] of invalid) {
      expect((await fetch(app.url + path, init)).status, path).toBe(401);
      const headers = { ...init.headers, ...withoutScopes };
      expect((await fetch(app.url + path, { ...init, headers })).status, path).toBe(403);
    }
  });

  test('unknown paths, unsupported methods and pages need no token', async () => {
    expect((await app.request('/nowhere')).status).toBe(404);
    expect((await app.request('/orders', { method: 'DELETE' })).status).toBe(405);
    expect((await app.request('/orders', { method: 'OPTIONS' })).status).toBe(204);
    expect(await sendRaw(app.url, formatRequestHead('TRACE', '/orders'))).toMatchObject({ status: 405 });
    expect((await app.request('/')).status).toBe(200);
    expect((await app.request('/docs/')).status).toBe(200);
  });
});

describe('while a token is verified', () => {
  const approval = JSON.stringify({ note: 'Within the budget' });
  const formatHead = async (path: string, sub: string) => {
    const headers = { ...toBearerHeader(await createToken({ claims: { sub } })), 'Content-Type': 'application/json' };
    return formatRequestHead('POST', path, { ...headers, 'Content-Length': approval.length });
  };

  test('a body that arrives while the token is verified is read completely', async () => {
    const { id: orderId } = await createValidatedOrder(app.clientAs('ann'));
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1').resume();
    socket.write((await formatHead(`/orders/${orderId}/approve`, 'slow')) + approval.slice(0, 5));
    socket.write(approval.slice(5));
    await once(socket, 'close');
    expect(await findLastEvent(orderId)).toMatchObject({ data: { note: 'Within the budget' } });
  });

  test('a request whose client disconnects during verification is executed with its body or not at all', async () => {
    const { id: orderId } = await createValidatedOrder(app.clientAs('ann'));
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1').resume();
    socket.end((await formatHead(`/orders/${orderId}/approve`, 'gone')) + approval);
    await once(socket, 'close');
    const { type, data } = await findLastEvent(orderId);
    expect([type, data]).not.toEqual(['order.approved', { note: null }]);
  });

  async function findLastEvent(orderId: number) {
    const { data } = await app.clientAs('ann').orders.events({ orderId });
    return z.looseObject({ type: z.string() }).parse(data.at(-1));
  }
});

test('no part of a token appears in the log, wherever it was sent', async () => {
  await using app = await startAuthenticatedApp();
  const token = await createToken({ claims: { sub: 'dora' } });
  const forged = await createToken({ key: new TextEncoder().encode('x'.repeat(32)) });
  const responses = [
    await app.request('/stats', { headers: toBearerHeader(token) }),
    await app.request('/stats', { headers: toBearerHeader(forged) }),
    await app.request(`/stats?access_token=${forged}`),
    await app.request('/stats', { headers: { authorization: forged, 'x-request-id': forged } }),
    await app.request(`/problems/${forged}`, { headers: { authorization: `Basic ${forged}` } }),
  ];
  expect(responses.map(({ status }) => status)).toEqual([200, 401, 401, 401, 404]);
  const log = JSON.stringify(app.logLines);
  expect(log).toContain('/stats?…');
  for (const part of [...token.split('.'), ...forged.split('.')]) expect(log).not.toContain(part);
});

describe('the clock', () => {
  test('an accepted token is rejected after its expiry or its maximum age', async () => {
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

  test('the clocks of the issuer and the service may differ by five seconds', async () => {
    const nowS = Math.floor(Date.now() / 1_000);
    const claims = { nbf: nowS + 4, iat: nowS + 4, exp: nowS - 1 };
    expect(await readChallenge(`Bearer ${await createToken({ claims })}`)).toMatchObject({ status: 200 });
  });
});

describe('without an issuer and an audience in the configuration', () => {
  test('tokens may have any issuer and audience, or none, unless they are configured', async () => {
    const authentication = { ...secretAuthentication, issuer: undefined, audiences: undefined };
    await using app = await startAuthenticatedApp({ authentication });
    for (const claims of [{}, { iss: 'x', aud: ['y', 'z'] }, { iss: undefined, aud: undefined }]) {
      const response = await app.request('/stats', { headers: toBearerHeader(await createToken({ claims })) });
      expect(response.status).toBe(200);
    }
  });
});

describe('without authentication', () => {
  test('without authentication every caller is anonymous and has every scope, whatever its token', async () => {
    await using app = await startTestApp();
    const client = createClient({ baseUrl: app.url, token: 'nonsense', maxRetries: 0 });
    expect((await client.orders.create(buildOrder())).createdBy).toBe('anonymous');
    await client.orders.reject({ orderId: 1 });
  });

  test('a configured key without authentication is logged as a warning', async () => {
    await using app = await startTestApp({ hasUnusedKey: true });
    expect(app.logLines).toContainEqual(
      expect.objectContaining({ level: 40, msg: expect.stringContaining('AUTH=off') }),
    );
  });
});

describe('with authentication', () => {
  const post = async (headers: Record<string, string>) =>
    sendRaw(app.url, formatRequestHead('POST', '/orders', { ...toBearerHeader(await createToken()), ...headers }));

  test('with authentication any host is accepted, because DNS rebinding cannot send a token', async () => {
    expect(await post({ Host: 'orders.example' })).toMatchObject({ status: 400 });
  });

  test('with authentication a page of another origin is rejected', async () => {
    expect(await post({ Origin: 'http://evil.test' })).toMatchObject({ status: 403 });
    expect(await post({ Host: 'orders.example', Origin: 'http://localhost' })).toMatchObject({ status: 403 });
    expect(await post({ Host: 'orders.example', Origin: 'http://orders.example' })).toMatchObject({ status: 400 });
  });
});

describe('the token of the SDK', () => {
  test('the token of the SDK is a string or the result of a function that is called for each request', async () => {
    const tokens = ['ann', 'ben'];
    const token = async () => createToken({ claims: { sub: tokens.shift() } });
    const client = createClient({ baseUrl: app.url, token, maxRetries: 0 });
    const created = [await client.orders.create(buildOrder()), await client.orders.create(buildOrder())];
    expect(created.map(({ createdBy }) => createdBy)).toEqual(['ann', 'ben']);
    const withString = createClient({ baseUrl: app.url, token: await createToken(), maxRetries: 0 });
    expect((await withString.orders.create(buildOrder())).createdBy).toBe('ann');
  });

  test('an undefined token of the SDK is not sent, and a header of the request takes precedence', async () => {
    const client = createClient({ baseUrl: app.url, token: () => undefined, maxRetries: 0 });
    expect((await catchProblem('unauthenticated', client.stats.get())).detail).toMatch(
      /^This endpoint requires a token/,
    );
    await client.stats.get({}, { headers: toBearerHeader(await createToken()) });
  });

  test('an error of the token function is thrown by the SDK call', async () => {
    const client = createClient({
      baseUrl: app.url,
      token: () => Promise.reject(new Error('not signed in')),
      maxRetries: 0,
    });
    await expect(client.stats.get()).rejects.toThrow('not signed in');
  });
});

test('the token secret does not appear in the log', () =>
  expect(JSON.stringify(app.logLines)).not.toContain(tokenSecret));
