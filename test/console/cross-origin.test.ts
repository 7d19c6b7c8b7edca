// Pages of other origins: those that are listed may use the service from a real browser, all others may not.

import { describe, expect, test } from 'vitest';
import { readConfig } from '../../server/config/config.ts';
import { startAuthenticatedApp, startTestApp } from '../kit/app.ts';
import { browserOfFile, type Tab } from '../kit/browser.ts';
import { startHttpServer } from '../kit/local-server.ts';
import { buildOrder } from '../kit/orders.ts';
import { createToken } from '../kit/tokens.ts';

const browser = browserOfFile();
const listed = 'https://app.example';

/** A site of another origin, with an empty page. */
async function startSite(): Promise<AsyncDisposable & { url: string }> {
  return startHttpServer((_request, response) => {
    response
      .setHeader('content-type', 'text/html')
      .end('<!doctype html><link rel="icon" href="data:,"><title>Site</title>');
  }, '127.0.0.3');
}

type Seen = { status: number; headers: Record<string, string>; body: { code?: string; id?: number } } | 'kept from it';

type Asked = { method?: string; headers?: Record<string, string>; body?: string };

/** What a page gets to see of an answer. */
function seenBy({ page }: Tab, url: string, asked: Asked): Promise<Seen> {
  return page.evaluate(
    async ([target, options]) => {
      try {
        const response = await fetch(target, options);
        const { status, headers } = response;
        return { status, headers: Object.fromEntries(headers), body: await response.json() };
      } catch {
        return 'kept from it' as const;
      }
    },
    [url, asked] as const,
  );
}

describe('in a browser, a page of an origin', () => {
  test('that is listed creates and reads orders, and sees the headers that go with them', async () => {
    await using site = await startSite();
    await using app = await startAuthenticatedApp({ corsOrigins: [site.url], rateLimit: { reads: 5, writes: 5 } });
    await using tab = await browser.open(site.url);
    const authorization = `Bearer ${await createToken()}`;
    const headers = {
      authorization,
      'content-type': 'application/json',
      'idempotency-key': 'key',
      'x-request-id': 'x',
    };
    const creation = { method: 'POST', headers, body: JSON.stringify(buildOrder()) };
    expect(await seenBy(tab, `${app.url}/orders`, creation)).toMatchObject({
      status: 201,
      headers: { location: '/orders/1', etag: '"1"', 'x-request-id': 'x', ratelimit: '"writes";r=4;t=60' },
      body: { id: 1 },
    });
    expect(await seenBy(tab, `${app.url}/orders`, creation)).toMatchObject({
      headers: { 'idempotent-replayed': 'true' },
    });
    const edit = { method: 'PUT', headers: { ...headers, 'if-match': '"7"' }, body: '{"note":"changed"}' };
    expect(await seenBy(tab, `${app.url}/orders/1`, edit)).toMatchObject({ body: { code: 'version-mismatch' } });
    expect(await seenBy(tab, `${app.url}/orders/1`, {})).toMatchObject({ body: { code: 'unauthenticated' } });
  });

  test('that is not listed is kept from everything, with a token and without', async () => {
    await using site = await startSite();
    await using app = await startAuthenticatedApp({ corsOrigins: [listed] });
    await using tab = await browser.open(site.url);
    const headers = { authorization: `Bearer ${await createToken()}`, 'content-type': 'application/json' };
    const before = await app.clientAs('ann').stats.get();
    for (const init of [{ method: 'POST', headers, body: JSON.stringify(buildOrder()) }, { headers }, {}]) {
      expect(await seenBy(tab, `${app.url}/orders`, init)).toBe('kept from it');
    }
    expect(await app.clientAs('ann').stats.get()).toEqual(before);
  });
});

describe('before a request of a listed page', () => {
  test('the browser is told what may be sent, without a token', async () => {
    await using app = await startAuthenticatedApp({ corsOrigins: ['https://other.example', listed] });
    const headers = { origin: listed, 'access-control-request-method': 'PUT', 'sec-fetch-site': 'cross-site' };
    const response = await app.request('/orders/1', { method: 'OPTIONS', headers });
    expect(response.status).toBe(204);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': listed,
      'access-control-allow-methods': 'GET, HEAD, PUT',
      'access-control-allow-headers':
        'authorization, content-type, idempotency-key, if-match, if-none-match, x-request-id, last-event-id',
      'access-control-max-age': '600',
      vary: 'Origin',
    });
    expect(response.headers.get('access-control-allow-credentials')).toBe(null);
  });

  test.each<Record<string, string>>([{ origin: listed }, { 'access-control-request-method': 'PUT' }])(
    'and nobody else is: %o',
    async (headers) => {
      await using app = await startTestApp({ corsOrigins: [listed] });
      const response = await app.request('/orders/1', { method: 'OPTIONS', headers });
      expect(response.status).toBe(204);
      expect(response.headers.get('access-control-allow-methods')).toBe(null);
    },
  );

  test('of a path that is not there, 404; and of another origin, 403', async () => {
    await using app = await startTestApp({ corsOrigins: [listed] });
    const preflight = (path: string, origin: string) =>
      app.request(path, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'GET' } });
    expect(await preflight('/nowhere', listed)).toMatchObject({ status: 404 });
    const refusal = await preflight('/orders', 'https://app.example.evil.test');
    expect(refusal.status).toBe(403);
    expect(refusal.headers.get('access-control-allow-origin')).toBe(null);
  });
});

test.each(['/stats', '/orders/7', '/orders?limit=x', '/nowhere', '/', '/problems'])(
  'the answer to %s names the origin that may read it, and varies with it also where there is none',
  async (path) => {
    await using app = await startTestApp({ corsOrigins: [listed] });
    const asked = await app.request(path, { headers: { origin: listed } });
    expect(asked.headers.get('access-control-allow-origin')).toBe(listed);
    expect(asked.headers.get('access-control-expose-headers')).toContain('etag, location, x-request-id, retry-after');
    for (const { headers } of [asked, await app.request(path)]) expect(headers.get('vary')).toMatch(/\bOrigin\b/);
  },
);

test('nobody may where nothing is listed, and answers say nothing of it', async () => {
  await using app = await startTestApp();
  const refusal = await app.request('/stats', { headers: { origin: listed } });
  expect(refusal.status).toBe(403);
  for (const { headers } of [refusal, await app.request('/stats')]) {
    expect([...headers.keys()].filter((name) => name.startsWith('access-control') || name === 'vary')).toEqual([]);
  }
});

describe('CORS_ORIGINS', () => {
  test('lists origins', () => {
    expect(readConfig({}).corsOrigins).toEqual([]);
    expect(readConfig({ CORS_ORIGINS: 'https://app.example, http://localhost:3000' }).corsOrigins).toEqual([
      ...['https://app.example', 'http://localhost:3000'],
    ]);
  });

  test.each([
    '*',
    'null',
    'app.example',
    'https://app.example/',
    'https://*.example',
    'https://App.example',
    'ftp://a.b',
  ])('must not have %j in it', (origin) => {
    expect(() => readConfig({ CORS_ORIGINS: `https://a.example,${origin}` })).toThrow(
      `CORS_ORIGINS: must be origins as in https://app.example, separated by commas; '${origin}' is not an origin`,
    );
  });
});
