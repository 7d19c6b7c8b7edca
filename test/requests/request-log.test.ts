// The log lines of requests: the reason of a rejection, the limit of such lines, and URLs without secrets.

import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { contract } from '../../contract/index.ts';
import { RejectionLogLimit } from '../../server/http/logging/rejection-log-limit.ts';
import { createValidatedOrder } from '../kit/http/orders.ts';
import { formatRequestHead, openSocket, parseResponses, readToEnd } from '../kit/http/raw-http.ts';
import { listRoutes } from '../kit/http/routes.ts';
import { createToken, toBearerHeader, tokenAudience, tokenIssuer } from '../kit/http/tokens.ts';
import { type AuthenticatedApp, startAuthenticatedApp, startTestApp, type TestApp } from '../kit/service/app.ts';
import { waitUntil } from '../kit/wait-until.ts';

/** Returns the log lines of the request with this id. They are written after the response. */
function findLines({ logLines }: TestApp, requestId: string | null) {
  return waitUntil(
    () => logLines.filter(({ req }) => req?.id === requestId),
    ({ length }) => length > 0,
  );
}

/** Sends a GET whose target or headers `fetch` would change, and returns its log line. */
async function getRaw(app: TestApp, target: string, headers: Record<string, string>) {
  const socket = await openSocket(app.url);
  socket.write(formatRequestHead('GET', target, { ...headers, Connection: 'close' }));
  const [response] = parseResponses(await readToEnd(socket));
  const [line] = await findLines(app, response?.headers['x-request-id'] ?? null);
  return line;
}

describe('a request whose caller is rejected', () => {
  let app: AuthenticatedApp;
  beforeAll(async () => {
    app = await startAuthenticatedApp();
  });
  afterAll(() => app[Symbol.asyncDispose]());

  async function findLogged(path: string, init: RequestInit) {
    const response = await app.request(path, init);
    const [{ level, reason, res, user } = { level: 0 }] = await findLines(app, response.headers.get('x-request-id'));
    return { level, reason, status: res?.statusCode, user };
  }

  const nowS = Math.floor(Date.now() / 1_000);
  const foreignKey = new TextEncoder().encode('x'.repeat(32));
  test.each<[string, Parameters<typeof createToken>[0]]>([
    ['The token has expired.', { claims: { exp: nowS - 60 } }],
    ['The signature of the token is invalid.', { key: foreignKey }],
    ['The token is for another audience.', { claims: { aud: 'payments' } }],
    ['The token is from another issuer.', { claims: { iss: 'https://elsewhere.test' } }],
  ])('the warning about a rejected token has the reason "%s" and no part of the token', async (reason, options) => {
    const token = await createToken(options);
    const logged = await findLogged('/stats', { headers: toBearerHeader(token) });
    expect(logged).toEqual({ level: 40, reason, status: 401, user: undefined });
    for (const part of token.split('.')) expect(JSON.stringify(app.logLines)).not.toContain(part);
  });

  test.each<[string, Record<string, unknown>, object]>([
    ['the issuer', { iss: 'https://elsewhere.test' }, { issuer: 'https://elsewhere.test', audience: 'orders' }],
    ['the audience', { aud: ['payments', 'tax'] }, { issuer: tokenIssuer, audience: '["payments","tax"]' }],
    ['no issuer and audience', { iss: undefined, aud: undefined }, {}],
  ])(
    'the warning about a token for another service has its expected and received claims: %s',
    async (_, claims, received) => {
      const response = await app.request('/stats', { headers: toBearerHeader(await createToken({ claims })) });
      const [line] = await findLines(app, response.headers.get('x-request-id'));
      const expected = { issuer: tokenIssuer, audience: `["${tokenAudience}"]` };
      expect(line?.level).toBe(40);
      expect(line?.claims).toEqual({ expected, received });
    },
  );

  test('the logged claims of a token have a limited length and no control or formatting characters', async () => {
    const claims = { iss: 'a\u001b[2J\n\u202e\u2028', aud: ['x'.repeat(3_000)] };
    const response = await app.request('/stats', {
      headers: toBearerHeader(await createToken({ claims, key: foreignKey })),
    });
    const [line] = await findLines(app, response.headers.get('x-request-id'));
    expect(line?.reason).toBe('The signature of the token is invalid.');
    expect(line?.claims).toMatchObject({
      received: { issuer: 'a\\u{1b}[2J\\u{a}\\u{202e}\\u{2028}', audience: `["${'x'.repeat(198)}…` },
    });
  });

  test('the warning about an expired token of the expected issuer has no claims', async () => {
    const headers = toBearerHeader(await createToken({ claims: { exp: nowS - 60 } }));
    const response = await app.request('/stats', { headers });
    const [line] = await findLines(app, response.headers.get('x-request-id'));
    expect(line).not.toHaveProperty('claims');
  });

  test('a request without a token is logged as a warning with its reason', async () => {
    const reason = 'This endpoint requires a token: send the header Authorization: Bearer <token>.';
    expect(await findLogged('/stats', {})).toMatchObject({ level: 40, reason, status: 401 });
  });

  test('a request without the required scope is logged as a warning with the scope and the caller', async () => {
    const headers = toBearerHeader(await createToken({ claims: { sub: 'carla', scope: 'orders:read' } }));
    const reason = "This endpoint requires a token with the scope 'orders:write'.";
    const expected = { level: 40, reason, status: 403, user: 'carla' };
    expect(await findLogged('/orders', { method: 'POST', headers })).toEqual(expected);
  });

  test('an approval that separation of duties forbids is logged as a warning, also as a stored response', async () => {
    const { id } = await createValidatedOrder(app.clientAs('ann'));
    const token = toBearerHeader(await createToken({ claims: { sub: 'ann' } }));
    const approval = { method: 'POST', headers: { ...token, 'idempotency-key': 'approval' } };
    const expected = { level: 40, reason: expect.stringContaining('approve'), status: 403, user: 'ann' };
    expect(await findLogged(`/orders/${id}/approve`, approval)).toEqual(expected);
    expect(await findLogged(`/orders/${id}/approve`, approval)).toEqual(expected);
  });

  test('a request from a foreign page is logged as a warning with at most 200 characters of its origin', async () => {
    const origin = `http://${'evil.'.repeat(100)}test`;
    const line = await getRaw(app, '/stats', { Origin: origin });
    expect(line).toMatchObject({ level: 40, reason: expect.stringMatching(/^Pages of 'http:..evil/) });
    expect(line?.reason).toHaveLength(200);
  });

  test('other client errors are not warnings', async () => {
    const headers = toBearerHeader(await createToken());
    expect(await findLogged('/orders/999', { headers })).toMatchObject({ level: 30, status: 404 });
  });
});

describe('the limit of log lines for rejected requests', () => {
  afterEach(() => void vi.useRealTimers());

  test('a flood of rejected tokens writes at most 20 lines a minute, also beyond its rate limit', async () => {
    await using app = await startAuthenticatedApp({ rateLimit: { reads: 1_000, writes: 1_000 } });
    const headers = toBearerHeader('nonsense');
    const responses = await Promise.all(Array.from({ length: 100 }, () => app.request('/stats', { headers })));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([401, 429]));
    const accepted = await app.request('/stats', { headers: toBearerHeader(await createToken()) });
    await findLines(app, accepted.headers.get('x-request-id'));
    expect(app.logLines.filter(({ reason }) => reason !== undefined)).toHaveLength(20);
    expect(app.logLines.filter(({ req }) => req !== undefined)).toHaveLength(21);
  });

  function countAllowed(addresses: string[]) {
    vi.useFakeTimers();
    const warnings: object[] = [];
    const log = { warn: (fields: object) => warnings.push(fields) };
    const limit = new RejectionLogLimit({ log: log as never, now: Date.now });
    return { allowed: addresses.filter((address) => limit.countLine(address)).length, warnings, limit };
  }

  test('the number of omitted lines is logged once, a minute after the first of them', () => {
    const { allowed, warnings, limit } = countAllowed(Array.from({ length: 50 }, () => '192.0.2.7'));
    expect({ allowed, warnings }).toEqual({ allowed: 20, warnings: [] });
    vi.advanceTimersByTime(60_000);
    expect(warnings).toMatchObject([{ omitted: 30 }]);
    expect(limit.countLine('192.0.2.7')).toBe(true);
    vi.advanceTimersByTime(120_000);
    expect(warnings).toHaveLength(1);
  });

  test('a network beyond its limit does not use up the lines of others, which have a limit together', () => {
    const loud = Array.from({ length: 1_000 }, () => '2001:db8::1');
    const others = Array.from({ length: 1_000 }, (_, index) => `192.0.${index >> 8}.${index & 255}`);
    expect(countAllowed(loud).allowed).toBe(20);
    expect(countAllowed([...loud, ...others]).allowed).toBe(600);
  });
});

describe('the logged URL', () => {
  const secret = 'hunter2-opaque';
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app[Symbol.asyncDispose]());

  test.each([
    [`/orders?limit=5&access_token=${secret}`, '/orders?limit=5&…'],
    [`/orders?api_key=${secret}&token=${secret}&limit=5`, '/orders?…&limit=5'],
    [`/orders?${secret}`, '/orders?…'],
    [`/orders?${secret}=1`, '/orders?…'],
    [`/orders?lim%69t=${secret}`, '/orders?…'],
    [`/orders?access_token=${secret};limit=5`, '/orders?…'],
    [`/orders/7?limit=${secret}`, '/orders/7?…'],
    [`/orders;key=${secret}`, '/orders…'],
    [`/orders%3Faccess_token=${secret}`, '/orders…'],
    [`/access_token=${secret}`, '/access_token…'],
    [`/nowhere?key=${secret}`, '/nowhere?…'],
    [`/docs/?key=${secret}`, '/docs/?…'],
    [`/health?key=${secret}`, '/health?…'],
    [`/orders?token=${secret}&token=${secret}&%zz`, '/orders?…'],
    [`http://user:${secret}@localhost/orders?limit=5`, '/orders?…'],
  ])('the secret in %s is not logged', async (target, url) => {
    const host = new URL(app.url).host;
    const line = await getRaw(app, target.replace('localhost', host), { Host: host });
    expect(line?.req?.url).toBe(url);
    expect(JSON.stringify(app.logLines)).not.toContain(secret);
  });

  test('the parameters of every list are logged', async () => {
    const lists = listRoutes(contract).filter(({ query }) => query instanceof z.ZodObject && 'limit' in query.shape);
    expect(lists.map(({ path }) => path)).toEqual(expect.arrayContaining(['/orders', '/events', '/webhooks']));
    const urls = lists.map(({ path, query }) => {
      const names = query instanceof z.ZodObject ? Object.keys(query.shape) : [];
      return `${path.replaceAll(/:\w+/g, '1')}?${names.map((name) => `${name}=1`).join('&')}`;
    });
    const responses = await Promise.all(urls.map((url) => app.request(url)));
    const ids = responses.map(({ headers }) => headers.get('x-request-id'));
    const lines = (await Promise.all(ids.map((id) => findLines(app, id)))).flat();
    expect(lines.map(({ req }) => req?.url)).toEqual(urls);
  });

  test('a URL is logged with at most 1,000 characters', async () => {
    const response = await app.request(`/${'x'.repeat(5_000)}`);
    const [line] = await findLines(app, response.headers.get('x-request-id'));
    expect(line?.req?.url).toHaveLength(1_001);
  });
});

test('an unexpected error is logged with its cause, and the response has neither a cause nor a stack', async () => {
  await using app = await startTestApp();
  const { store } = app.service;
  await store.transaction((em) => sql`drop table webhooks`.execute(em.getKysely()));
  const response = await app.request('/webhooks');
  const problem = await response.text();
  expect(JSON.parse(problem)).toMatchObject({ code: 'internal', detail: 'The service failed unexpectedly.' });
  expect(problem).not.toMatch(/table|relation|select|\.ts/);
  const [line] = await findLines(app, response.headers.get('x-request-id'));
  expect(line).toMatchObject({ level: 50, err: { message: expect.stringContaining('webhooks') } });
});
