// How often one caller may ask: counted apart for each, for reads and for writes; said in every answer; and never in
// the way of anybody else.

import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../server/config/config.ts';
import { toNetwork } from '../../server/http/rate-limit/network.ts';
import { createRateLimits } from '../../server/http/rate-limit/rate-limits.ts';
import { WindowCounter } from '../../server/http/rate-limit/window-counter.ts';
import { ServiceRequest, ServiceResponse } from '../../server/http/request/request.ts';
import { startAuthenticatedApp, startTestApp, type TestApp } from '../kit/app.ts';
import { buildOrder } from '../kit/orders.ts';
import { createToken, toBearerHeader } from '../kit/tokens.ts';

/** A clock that stands still until it is told to go on. */
function heldClock() {
  let nowMs = Date.now();
  return {
    now: () => nowMs,
    advance: (ms: number) => {
      nowMs += ms;
    },
  };
}

/** What an answer says of limits. */
function limitsIn({ status, headers }: Response) {
  const [policy, limit, retryAfter] = ['ratelimit-policy', 'ratelimit', 'retry-after'].map((name) => headers.get(name));
  return { status, policy, limit, retryAfter };
}

async function answersTo(app: TestApp, path: string, count: number, init?: RequestInit): Promise<Response[]> {
  const answers: Response[] = [];
  for (let index = 0; index < count; index += 1) answers.push(await app.request(path, init));
  return answers;
}

describe('a caller', () => {
  test('is told with every answer what is left, and refused beyond it until the minute is over', async () => {
    const clock = heldClock();
    await using app = await startTestApp({ rateLimit: { reads: 3, writes: 1 }, environment: clock });
    const first = limitsIn(await app.request('/stats'));
    expect(first).toEqual({ status: 200, policy: '"reads";q=3;w=60', limit: '"reads";r=2;t=60', retryAfter: null });
    clock.advance(10_500);
    expect(limitsIn(await app.request('/orders/7'))).toMatchObject({ status: 404, limit: '"reads";r=1;t=50' });
    expect(limitsIn(await app.request('/orders?limit=x'))).toMatchObject({ status: 400, limit: '"reads";r=0;t=50' });
    const refusal = await app.request('/stats', { headers: { 'x-request-id': 'the-fourth' } });
    expect(limitsIn(refusal)).toEqual({
      ...{ status: 429, policy: '"reads";q=3;w=60', limit: '"reads";r=0;t=50', retryAfter: '50' },
    });
    expect(await refusal.json()).toMatchObject({
      ...{ code: 'too-many-requests', retryAfterSeconds: 50, requestId: 'the-fourth', instance: '/stats' },
    });
    clock.advance(49_499);
    expect(limitsIn(await app.request('/stats'))).toMatchObject({ status: 429, retryAfter: '1' });
    clock.advance(1);
    expect(limitsIn(await app.request('/stats'))).toMatchObject({ status: 200, limit: '"reads";r=2;t=60' });
  });

  test('reads and writes apart, and is refused a write before its body is read', async () => {
    await using app = await startTestApp({ rateLimit: { reads: 2, writes: 1 } });
    const created = await app.send('POST', '/orders', buildOrder());
    expect(limitsIn(created)).toMatchObject({ status: 201, policy: '"writes";q=1;w=60' });
    expect(await app.send('POST', '/policy/check', buildOrder())).toMatchObject({ status: 429 });
    const unread = { method: 'POST', body: '{', headers: { 'content-type': 'text/plain' } };
    expect(await app.request('/orders', unread)).toMatchObject({ status: 429 });
    expect(await app.request('/orders/1', { method: 'HEAD' })).toMatchObject({ status: 200 });
    expect(await app.client.stats.get()).toMatchObject({ orders: { CREATED: 1 } });
    expect(await app.request('/stats')).toMatchObject({ status: 429 });
  });

  test('is whoever the token says, whatever the token, and does not pay for others', async () => {
    await using app = await startAuthenticatedApp({ rateLimit: { reads: 2, writes: 2 } });
    const ask = async (sub: string, jti: string) =>
      limitsIn(await app.request('/stats', { headers: toBearerHeader(await createToken({ claims: { sub, jti } })) }));
    expect(await ask('ann', '1')).toMatchObject({ status: 200 });
    expect(await ask('ann', '2')).toMatchObject({ status: 200 });
    expect(await ask('ann', '3')).toMatchObject({ status: 429 });
    expect(await ask('ben', '4')).toMatchObject({ status: 200, limit: '"reads";r=1;t=60' });
  });

  test('does not pay for what may not be done', async () => {
    await using app = await startAuthenticatedApp({ rateLimit: { reads: 1, writes: 1 } });
    const headers = toBearerHeader(await createToken({ claims: { scope: 'orders:write' } }));
    for (const answer of await answersTo(app, '/stats', 3, { headers })) {
      expect(limitsIn(answer)).toEqual({ status: 403, policy: null, limit: null, retryAfter: null });
    }
    for (const answer of await answersTo(app, '/stats', 70)) {
      expect(limitsIn(answer)).toEqual({ status: 401, policy: null, limit: null, retryAfter: null });
    }
    expect(await app.clientAs('ann').stats.get()).toMatchObject({ orders: {} });
  });
});

test('what is open to everybody is not limited', async () => {
  await using app = await startTestApp({ rateLimit: { reads: 1, writes: 1 } });
  const paths = ['/health', '/health/ready', '/openapi.json', '/problems', '/problems/conflict', '/docs/', '/nowhere'];
  for (const path of paths) {
    for (const answer of await answersTo(app, path, 3)) {
      expect(answer.status).toBe(path === '/nowhere' ? 404 : 200);
      expect(answer.headers.get('ratelimit')).toBe(null);
    }
  }
});

describe('tokens that are not accepted', () => {
  const guess = { headers: toBearerHeader('let.me.in') };

  test('are 60 a minute from an address, and then too many', async () => {
    const clock = heldClock();
    await using app = await startAuthenticatedApp({ rateLimit: { reads: 10, writes: 10 }, environment: clock });
    const answers = await answersTo(app, '/stats', 60, guess);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    const refusal = await app.request('/orders', { method: 'POST', ...guess });
    expect(limitsIn(refusal)).toMatchObject({ status: 429, limit: '"refused-tokens";r=0;t=60', retryAfter: '60' });
    expect(refusal.headers.get('www-authenticate')).toBe(null);
    expect(await app.clientAs('ann').stats.get()).toMatchObject({ orders: {} });
    clock.advance(60_000);
    expect(await app.request('/stats', guess)).toMatchObject({ status: 401 });
  });

  test('are as many as one likes where nothing is limited', async () => {
    await using app = await startAuthenticatedApp();
    for (const { status } of await answersTo(app, '/stats', 70, guess)) expect(status).toBe(401);
  });
});

test('nothing is said of limits where there are none', async () => {
  await using app = await startTestApp();
  expect(limitsIn(await app.request('/stats'))).toEqual({ status: 200, policy: null, limit: null, retryAfter: null });
});

test('requests are let through where they cannot be counted, and the log says so once in a while', async () => {
  const clock = heldClock();
  const logged: { msg: string; err: { message: string } }[] = [];
  const log = pino({}, { write: (line) => logged.push(JSON.parse(line)) });
  const increment = () => {
    throw new Error('out of reach');
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
  expect(logged).toMatchObject([{ msg: expect.stringContaining('let through'), err: { message: 'out of reach' } }]);
  clock.advance(60_000);
  limits.countRequest(request, response);
  expect(logged).toHaveLength(2);
  expect(response.getHeaderNames()).toEqual([]);
});

describe('the memory of callers', () => {
  test('is bounded: those whose minute ends first are forgotten first', () => {
    const counter = new WindowCounter(3);
    for (const [index, key] of ['a', 'b', 'c', 'd'].entries()) counter.increment(key, index);
    expect(counter.size).toBe(3);
    expect(counter.increment('b', 5)).toMatchObject({ count: 2 });
    expect(counter.increment('a', 5)).toMatchObject({ count: 1 });
  });

  test('forgets those whose minute is over as others come', () => {
    const counter = new WindowCounter(1_000);
    for (let index = 0; index < 500; index += 1) counter.increment(`early ${index}`, 0);
    counter.increment('late', 60_000);
    expect(counter.size).toBe(1);
  });

  test('does not hold anybody longer because the clock was set back', () => {
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
])('the address %s counts as %s', (address, network) => {
  expect(toNetwork(address)).toBe(network);
});

describe('RATE_LIMIT', () => {
  const usual = { reads: 6_000, writes: 1_200 };

  test.each<[string | undefined, object | undefined]>([
    [undefined, usual],
    ['', usual],
    ['on', usual],
    ['off', undefined],
    ['reads=1', { ...usual, reads: 1 }],
    ['writes=1000000000', { ...usual, writes: 1_000_000_000 }],
    ['writes=5, reads=7', { reads: 7, writes: 5 }],
  ])('%j means %o', (RATE_LIMIT, rateLimit) => {
    expect(readConfig({ RATE_LIMIT }).rateLimit).toEqual(rateLimit);
  });

  test.each(['yes', 'reads', 'reads=', 'reads=0', 'reads=1000000001', 'reads=1.5', 'reads=-1', 'reads=1,reads=2', ','])(
    '%j is refused',
    (RATE_LIMIT) => {
      expect(() => readConfig({ RATE_LIMIT, PORT: 'x' })).toThrow(
        /PORT: .*RATE_LIMIT: must be on, off, or as in reads=/,
      );
    },
  );
});
