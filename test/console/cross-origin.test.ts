// CORS in a real browser: pages of listed origins can use the service, and pages of other origins cannot.

import { describe, expect, test } from 'vitest';
import { readConfig } from '../../server/config/config.ts';
import { setUpBrowser, type Tab } from '../kit/console/browser.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { createToken } from '../kit/http/tokens.ts';
import { startHttpServer } from '../kit/local-server.ts';
import { startAuthenticatedApp, startTestApp } from '../kit/service/app.ts';

const browser = setUpBrowser();
const listed = 'https://app.example';

/** A server of another origin, with an empty page. */
async function startSite(): Promise<AsyncDisposable & { url: string }> {
  return startHttpServer((_request, response) => {
    response
      .setHeader('content-type', 'text/html')
      .end('<!doctype html><link rel="icon" href="data:,"><title>Site</title>');
  }, '127.0.0.3');
}

type PageResponse = { status: number; headers: Record<string, string>; body: { code?: string; id?: number } };

type PageRequest = { method?: string; headers?: Record<string, string>; body?: string };

/** Sends a request from a page. Returns the parts of the response that the page can read, or 'blocked'. */
function fetchFromPage({ page }: Tab, url: string, init: PageRequest): Promise<PageResponse | 'blocked'> {
  return page.evaluate(
    async ([target, options]) => {
      try {
        const response = await fetch(target, options);
        const { status, headers } = response;
        return { status, headers: Object.fromEntries(headers), body: await response.json() };
      } catch {
        return 'blocked' as const;
      }
    },
    [url, init] as const,
  );
}

describe('CORS in a browser', () => {
  test('a page of a listed origin creates and reads orders, and can read the response headers', async () => {
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
    expect(await fetchFromPage(tab, `${app.url}/orders`, creation)).toMatchObject({
      status: 201,
      headers: {
        location: '/orders/1',
        etag: '"1"',
        'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
        ratelimit: '"writes";r=4;t=60',
      },
      body: { id: 1 },
    });
    expect(await fetchFromPage(tab, `${app.url}/orders`, creation)).toMatchObject({
      headers: { 'idempotent-replayed': 'true' },
    });
    const edit = { method: 'PUT', headers: { ...headers, 'if-match': '"7"' }, body: '{"note":"changed"}' };
    expect(await fetchFromPage(tab, `${app.url}/orders/1`, edit)).toMatchObject({ body: { code: 'version-mismatch' } });
    expect(await fetchFromPage(tab, `${app.url}/orders/1`, {})).toMatchObject({ body: { code: 'unauthenticated' } });
  });

  test('all requests from a page of an unlisted origin are blocked, with and without a token', async () => {
    await using site = await startSite();
    await using app = await startAuthenticatedApp({ corsOrigins: [listed] });
    await using tab = await browser.open(site.url);
    const headers = { authorization: `Bearer ${await createToken()}`, 'content-type': 'application/json' };
    const before = await app.clientAs('ann').stats.get();
    for (const init of [{ method: 'POST', headers, body: JSON.stringify(buildOrder()) }, { headers }, {}]) {
      expect(await fetchFromPage(tab, `${app.url}/orders`, init)).toBe('blocked');
    }
    expect(await app.clientAs('ann').stats.get()).toEqual(before);
  });
});

describe('a preflight request', () => {
  test('a preflight request without a token returns the permitted methods and headers', async () => {
    await using app = await startAuthenticatedApp({ corsOrigins: ['https://other.example', listed] });
    const headers = { origin: listed, 'access-control-request-method': 'PUT', 'sec-fetch-site': 'cross-site' };
    const response = await app.request('/orders/1', { method: 'OPTIONS', headers });
    expect(response.status).toBe(204);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': listed,
      'access-control-allow-methods': 'GET, HEAD, PUT',
      'access-control-allow-headers':
        'authorization, content-type, idempotency-key, if-match, if-none-match, x-request-id, last-event-id, ' +
        'content-encoding, traceparent, tracestate, baggage',
      'access-control-max-age': '600',
      vary: 'Origin',
    });
    expect(response.headers.get('access-control-allow-credentials')).toBe(null);
  });

  test.each<Record<string, string>>([{ origin: listed }, { 'access-control-request-method': 'PUT' }])(
    'an OPTIONS request that is not a preflight request returns no permitted methods: %o',
    async (headers) => {
      await using app = await startTestApp({ corsOrigins: [listed] });
      const response = await app.request('/orders/1', { method: 'OPTIONS', headers });
      expect(response.status).toBe(204);
      expect(response.headers.get('access-control-allow-methods')).toBe(null);
    },
  );

  test('a preflight request returns 404 for an unknown path, and 403 for an unlisted origin', async () => {
    await using app = await startTestApp({ corsOrigins: [listed] });
    const sendPreflight = (path: string, origin: string) =>
      app.request(path, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'GET' } });
    expect(await sendPreflight('/nowhere', listed)).toMatchObject({ status: 404 });
    const rejected = await sendPreflight('/orders', 'https://app.example.evil.test');
    expect(rejected.status).toBe(403);
    expect(rejected.headers.get('access-control-allow-origin')).toBe(null);
  });
});

test.each(['/stats', '/orders/7', '/orders?limit=x', '/nowhere', '/', '/problems'])(
  'the response to %s names the permitted origin, and varies by origin even for requests without one',
  async (path) => {
    await using app = await startTestApp({ corsOrigins: [listed] });
    const response = await app.request(path, { headers: { origin: listed } });
    expect(response.headers.get('access-control-allow-origin')).toBe(listed);
    expect(response.headers.get('access-control-expose-headers')).toContain(
      'etag, location, x-request-id, retry-after',
    );
    for (const { headers } of [response, await app.request(path)]) expect(headers.get('vary')).toMatch(/\bOrigin\b/);
  },
);

test('without listed origins, cross-origin requests are rejected and responses have no CORS headers', async () => {
  await using app = await startTestApp();
  const rejected = await app.request('/stats', { headers: { origin: listed } });
  expect(rejected.status).toBe(403);
  for (const { headers } of [rejected, await app.request('/stats')]) {
    expect([...headers.keys()].filter((name) => name.startsWith('access-control') || name === 'vary')).toEqual([]);
  }
});

describe('CORS_ORIGINS', () => {
  test('CORS_ORIGINS accepts a list of origins', () => {
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
  ])('CORS_ORIGINS does not accept %j', (origin) => {
    expect(() => readConfig({ CORS_ORIGINS: `https://a.example,${origin}` })).toThrow(
      `CORS_ORIGINS: must be origins as in https://app.example, separated by commas; '${origin}' is not an origin`,
    );
  });
});
