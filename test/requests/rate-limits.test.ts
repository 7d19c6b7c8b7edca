// Rate limits: separate counts for each caller, for reads and for writes; response headers; rejected tokens; and the
// RATE_LIMIT setting.

import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../server/config/config.ts';
import { toNetwork } from '../../server/http/caller-limits/network.ts';
import { createRateLimits } from '../../server/http/caller-limits/rate-limits.ts';
import { WindowCounter } from '../../server/http/caller-limits/window-counter.ts';
import { ServiceRequest, ServiceResponse } from '../../server/http/request/request.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { createToken, toBearerHeader } from '../kit/http/tokens.ts';
import { createManualClock } from '../kit/manual-clock.ts';
import { startAuthenticatedApp, startTestApp, type TestApp } from '../kit/service/app.ts';

/** Returns the status of a response and its headers about limits. */
function readLimits({ status, headers }: Response) {
  const [policy, limit, retryAfter] = ['ratelimit-policy', 'ratelimit', 'retry-after'].map((name) => headers.get(name));
  return { status, policy, limit, retryAfter };
}

async function sendRequests(app: TestApp, path: string, count: number, init?: RequestInit): Promise<Response[]> {
  const responses: Response[] = [];
  for (let index = 0; index < count; index += 1) responses.push(await app.request(path, init));
  return responses;
}

describe('a caller', () => {
  test('responses have the remaining quota, and a caller without any is rejected until the minute ends', async () => {
    const clock = createManualClock();
    await using app = await startTestApp({ rateLimit: { reads: 3, writes: 1 }, environment: clock });
    const first = readLimits(await app.request('/stats'));
    expect(first).toEqual({ status: 200, policy: '"reads";q=3;w=60', limit: '"reads";r=2;t=60', retryAfter: null });
    clock.advance(10_500);
    expect(readLimits(await app.request('/orders/7'))).toMatchObject({ status: 404, limit: '"reads";r=1;t=50' });
    expect(readLimits(await app.request('/orders?limit=x'))).toMatchObject({ status: 400, limit: '"reads";r=0;t=50' });
    const refusal = await app.request('/stats');
    expect(readLimits(refusal)).toEqual({
      ...{ status: 429, policy: '"reads";q=3;w=60', limit: '"reads";r=0;t=50', retryAfter: '50' },
    });
    expect(await refusal.json()).toMatchObject({
      ...{ code: 'too-many-requests', retryAfterSeconds: 50, instance: '/stats' },
    });
    clock.advance(49_499);
    expect(readLimits(await app.request('/stats'))).toMatchObject({ status: 429, retryAfter: '1' });
    clock.advance(1);
    expect(readLimits(await app.request('/stats'))).toMatchObject({ status: 200, limit: '"reads";r=2;t=60' });
  });

  test('reads and writes have separate quotas, and an excess write is rejected before its body is read', async () => {
    await using app = await startTestApp({ rateLimit: { reads: 2, writes: 1 } });
    const created = await app.send('POST', '/orders', buildOrder());
    expect(readLimits(created)).toMatchObject({ status: 201, policy: '"writes";q=1;w=60' });
    expect(await app.send('POST', '/policy/check', buildOrder())).toMatchObject({ status: 429 });
    const unread = { method: 'POST', body: '{', headers: { 'content-type': 'text/plain' } };
    expect(await app.request('/orders', unread)).toMatchObject({ status: 429 });
    expect(await app.request('/orders/1', { method: 'HEAD' })).toMatchObject({ status: 200 });
    expect(await app.client.stats.get()).toMatchObject({ orders: { CREATED: 1 } });
    expect(await app.request('/stats')).toMatchObject({ status: 429 });
  });

  test('requests are counted by the subject of the token, across all of its tokens', async () => {
    await using app = await startAuthenticatedApp({ rateLimit: { reads: 2, writes: 2 } });
    const sendAs = async (sub: string, jti: string) =>
      readLimits(await app.request('/stats', { headers: toBearerHeader(await createToken({ claims: { sub, jti } })) }));
    expect(await sendAs('ann', '1')).toMatchObject({ status: 200 });
    expect(await sendAs('ann', '2')).toMatchObject({ status: 200 });
    expect(await sendAs('ann', '3')).toMatchObject({ status: 429 });
    expect(await sendAs('ben', '4')).toMatchObject({ status: 200, limit: '"reads";r=1;t=60' });
  });

  test('unauthorized requests are not counted', async () => {
    await using app = await startAuthenticatedApp({ rateLimit: { reads: 1, writes: 1 } });
    const headers = toBearerHeader(await createToken({ claims: { scope: 'orders:write' } }));
    for (const response of await sendRequests(app, '/stats', 3, { headers })) {
      expect(readLimits(response)).toEqual({ status: 403, policy: null, limit: null, retryAfter: null });
    }
    for (const response of await sendRequests(app, '/stats', 70)) {
      expect(readLimits(response)).toEqual({ status: 401, policy: null, limit: null, retryAfter: null });
    }
    expect(await app.clientAs('ann').stats.get()).toMatchObject({ orders: {} });
  });
});

test('public endpoints, pages and unknown paths are not limited', async () => {
  await using app = await startTestApp({ rateLimit: { reads: 1, writes: 1 } });
  const paths = ['/health', '/health/ready', '/openapi.json', '/problems', '/problems/conflict', '/docs/', '/nowhere'];
  for (const path of paths) {
    for (const response of await sendRequests(app, path, 3)) {
      expect(response.status).toBe(path === '/nowhere' ? 404 : 200);
      expect(response.headers.get('ratelimit')).toBe(null);
    }
  }
});

describe('rejected tokens', () => {
  const invalidToken = { headers: toBearerHeader('let.me.in') };

  test('an address may send 60 rejected tokens in a minute', async () => {
    const clock = createManualClock();
    await using app = await startAuthenticatedApp({ rateLimit: { reads: 10, writes: 10 }, environment: clock });
    const responses = await sendRequests(app, '/stats', 60, invalidToken);
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([401]));
    const refusal = await app.request('/orders', { method: 'POST', ...invalidToken });
    expect(readLimits(refusal)).toMatchObject({ status: 429, limit: '"rejected-tokens";r=0;t=60', retryAfter: '60' });
    expect(refusal.headers.get('www-authenticate')).toBe(null);
    expect(await app.clientAs('ann').stats.get()).toMatchObject({ orders: {} });
    clock.advance(60_000);
    expect(await app.request('/stats', invalidToken)).toMatchObject({ status: 401 });
  });

  test('rejected tokens are not limited if rate limits are off', async () => {
    await using app = await startAuthenticatedApp();
    for (const { status } of await sendRequests(app, '/stats', 70, invalidToken)) expect(status).toBe(401);
  });
});

test('responses have no rate-limit headers if rate limits are off', async () => {
  await using app = await startTestApp();
  expect(readLimits(await app.request('/stats'))).toEqual({ status: 200, policy: null, limit: null, retryAfter: null });
});

test('requests are not limited if counting fails, and the failure is logged once in a minute', async () => {
  const clock = createManualClock();
  const logged: { msg: string; err: { message: string } }[] = [];
  const log = pino({}, { write: (line) => logged.push(JSON.parse(line)) });
  const increment = () => {
    throw new Error('unreachable');
  };
  const limits = createRateLimits({
    rateLimit: { reads: 1, writes: 1 },
    log,
    ...clock,
    createCounter: () => ({ increment }),
  });
  const request = Object.assign(new ServiceRequest(null as never), { method: 'GET', principal: { id: 'ann' } });
  const response = new ServiceResponse(request);
  for (let count = 0; count < 10; count += 1) limits.countRequest(request, response);
  expect(logged).toMatchObject([
    { msg: expect.stringContaining('requests are not limited'), err: { message: 'unreachable' } },
  ]);
  clock.advance(60_000);
  limits.countRequest(request, response);
  expect(logged).toHaveLength(2);
  expect(response.getHeaderNames()).toEqual([]);
});

describe('the window counter', () => {
  test('the window counter is bounded and removes the windows that end first', () => {
    const counter = new WindowCounter(3);
    for (const [index, key] of ['a', 'b', 'a', 'c', 'a', 'd'].entries()) counter.increment(key, index);
    expect(counter.increment('a', 6)).toMatchObject({ count: 4 });
    expect(counter.increment('b', 6)).toMatchObject({ count: 1 });
  });

  test('counting a new key takes about as long beyond the limit of keys as below it', () => {
    const maxKeys = 100_000;
    const counter = new WindowCounter(maxKeys);
    const measure = (first: number, count: number) => {
      const startedAtMs = performance.now();
      for (let index = first; index < first + count; index += 1) counter.increment(`key ${index}`, 0);
      return performance.now() - startedAtMs;
    };
    const belowMs = measure(0, maxKeys);
    // The factor is generous, because the collection of garbage takes time. Searching the keys took 80 times as long.
    expect(measure(maxKeys, maxKeys / 4)).toBeLessThan(20 * (belowMs / 4) + 200);
  });

  test('a window does not become longer if the clock is set back', () => {
    const counter = new WindowCounter(10);
    counter.increment('ann', 10_000_000);
    expect(counter.increment('ann', 5_000_000)).toEqual({ count: 1, endMs: 5_060_000 });
  });
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:1:2::6', '2001:db8:1:2::/64'],
  ['2001:db8::6', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::a:b:c:d:e:192.0.2.7', '0:a:b:c::/64'],
])('the address %s is counted as %s', (address, network) => {
  expect(toNetwork(address)).toBe(network);
});

describe('RATE_LIMIT', () => {
  const defaults = { reads: 6_000, writes: 1_200 };

  test.each<[string | undefined, object | undefined]>([
    [undefined, defaults],
    ['', defaults],
    ['on', defaults],
    ['off', undefined],
    ['reads=1', { ...defaults, reads: 1 }],
    ['writes=1000000000', { ...defaults, writes: 1_000_000_000 }],
    ['writes=5, reads=7', { reads: 7, writes: 5 }],
  ])('RATE_LIMIT=%j means %o', (RATE_LIMIT, rateLimit) => {
    expect(readConfig({ RATE_LIMIT }).rateLimit).toEqual(rateLimit);
  });

  test.each(['yes', 'reads', 'reads=', 'reads=0', 'reads=1000000001', 'reads=1.5', 'reads=-1', 'reads=1,reads=2', ','])(
    'RATE_LIMIT=%j is rejected',
    (RATE_LIMIT) => {
      expect(() => readConfig({ RATE_LIMIT, PORT: 'x' })).toThrow(
        /PORT: .*RATE_LIMIT: must be on, off, or as in reads=/,
      );
    },
  );
});
