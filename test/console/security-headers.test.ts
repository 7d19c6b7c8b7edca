// Security headers of responses: content security policies of pages and API responses, and rules for caches.

import { beforeAll, describe, expect, test } from 'vitest';
import { setUpBrowser } from '../kit/console/browser.ts';
import { buildConsole } from '../kit/console/console-build.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { openSocket, parseResponses, readToEnd } from '../kit/http/raw-http.ts';
import { createToken, toBearerHeader } from '../kit/http/tokens.ts';
import { startAuthenticatedApp, startTestApp } from '../kit/service/app.ts';

beforeAll(buildConsole);

const browser = setUpBrowser();

const apiContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";

describe('a response of the API', () => {
  test.each([
    ['GET', '/orders', 200],
    ['GET', '/orders/1', 404],
    ['GET', '/orders?limit=x', 400],
    ['GET', '/%', 404],
    ['DELETE', '/orders', 405],
    ['OPTIONS', '/orders', 204],
    ['GET', '/nowhere', 404],
    ['GET', '/health', 200],
    ['GET', '/openapi.json', 200],
  ])(
    'the response to %s %s has a policy that forbids all content, and must be revalidated by caches',
    async (method, path, status) => {
      await using app = await startTestApp();
      const response = await app.request(path, { method });
      expect(response.status).toBe(status);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'x-content-type-options': 'nosniff',
        'content-security-policy': apiContentSecurityPolicy,
        'cache-control': 'no-cache',
      });
      expect([...response.headers.keys()].filter((name) => /^(x-powered-by|server|strict-|cross-)/.test(name))).toEqual(
        [],
      );
    },
  );

  test('a response that depends on the caller is never cached, whether it succeeds or fails', async () => {
    await using app = await startAuthenticatedApp();
    await app.clientAs('ann').orders.create(buildOrder());
    const headers = toBearerHeader(await createToken());
    const fresh = await app.request('/orders/1', { headers });
    const notModified = await fetch(`${app.url}/orders/1`, { headers: { ...headers, 'if-none-match': '"1"' } });
    const unauthenticated = await app.request('/orders/1');
    expect([fresh.status, notModified.status, unauthenticated.status]).toEqual([200, 304, 401]);
    for (const response of [fresh, notModified, unauthenticated])
      expect(response.headers.get('cache-control')).toBe('no-store');
  });

  test('the response to a malformed request has security headers and is never cached', async () => {
    await using app = await startTestApp();
    const socket = await openSocket(app.url);
    socket.write('nonsense\r\n\r\n');
    const [response] = parseResponses(await readToEnd(socket));
    expect(response?.headers).toMatchObject({
      ...{
        'x-content-type-options': 'nosniff',
        'content-security-policy': apiContentSecurityPolicy,
        'cache-control': 'no-store',
      },
    });
  });
});

describe('a page', () => {
  test.each(['/', '/docs/', '/docs/api-page.js'])(
    'the page %s has a policy that permits no inline scripts and no frames',
    async (path) => {
      await using app = await startTestApp();
      const { headers } = await app.request(path);
      const policy = String(headers.get('content-security-policy'));
      expect(policy).toContain("default-src 'none';script-src 'self';style-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect(Object.fromEntries(headers)).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      });
      expect(headers.get('strict-transport-security')).toBe(null);
    },
  );

  test.each(['/', '/docs/', '/problems'])('the page %s blocks an injected inline script', async (path) => {
    await using app = await startTestApp();
    await using tab = await browser.open(app.url + path);
    // The script is inserted into the document, because the policy does not apply to `evaluate`.
    const violated = await tab.page.evaluate(() => {
      const violation = new Promise<string>((resolve) => {
        document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
      });
      const script = document.createElement('script');
      script.textContent = 'document.title = "taken over"';
      document.body.append(script);
      return violation;
    });
    expect(violated).toBe('script-src-elem');
    expect(await tab.page.title()).not.toBe('taken over');
  });

  test('a page is revalidated at each visit, and its assets are cached', async () => {
    await using app = await startTestApp();
    const page = await app.request('/');
    const [asset] = /\/assets\/[\w.-]+\.js/.exec(await page.text()) ?? [];
    expect(page.headers.get('cache-control')).toBe('no-cache');
    expect((await app.request('/docs/')).headers.get('cache-control')).toBe('no-cache');
    expect((await app.request(String(asset))).headers.get('cache-control')).toContain('immutable');
  });

  test.each([
    ['/assets/none.js', 404],
    ['/docs/package.json', 404],
    ['/favicon.svg', 400],
  ])('a failed request for the file %s returns status %i with the policy of an API response', async (path, status) => {
    await using app = await startTestApp();
    const response = await app.request(path, { headers: { range: 'bytes=999999-' } });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-security-policy')).toBe(apiContentSecurityPolicy);
    expect(response.headers.get('referrer-policy')).toBe(null);
  });
});
