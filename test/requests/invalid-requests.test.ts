// Invalid bodies, ids, queries, paths and methods: the problem points at each error, and nothing changes.

import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildOrder } from '../kit/http/orders.ts';
import { readFieldErrors } from '../kit/http/problems.ts';
import { formatRequestHead, sendRaw } from '../kit/http/raw-http.ts';
import { startTestApp, type TestApp, toJsonRequest } from '../kit/service/app.ts';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ maxBodyBytes: 16_384 });
  await app.client.orders.create(buildOrder());
});

afterAll(async () => {
  expect((await app.client.orders.list({ withTotal: true })).page.total).toBe(1);
  expect(await app.client.orders.get({ orderId: 1 })).toMatchObject({ version: 1 });
  await app[Symbol.asyncDispose]();
});

describe('a body', () => {
  const item = { productId: 'tea', quantity: 1, unitPrice: 1 };
  const without = (field: string) => Object.fromEntries(Object.entries(buildOrder()).filter(([key]) => key !== field));

  test.each<[string, unknown, string, string]>([
    ['without a customer', without('customerId'), '/customerId', 'is required'],
    ['without a currency', without('currency'), '/currency', 'must be an ISO 4217 currency code'],
    ['without items', without('items'), '/items', 'is required'],
    ['without any item', buildOrder({ items: [] }), '/items', 'must have at least 1 entry'],
    ['with 101 items', buildOrder({ items: Array(101).fill(item) }), '/items', 'must have at most 100 entries'],
    ['with an unknown field', { ...buildOrder(), colour: 'red' }, '/colour', 'is unknown'],
    ['with a read-only field', { ...buildOrder(), status: 'APPROVED' }, '/status', 'is read-only'],
    [
      'with an unknown field in an item',
      buildOrder({ items: [{ ...item, tax: 1 } as never] }),
      '/items/0/tax',
      'is unknown',
    ],
    ['with a number as customer', { ...buildOrder(), customerId: 1 }, '/customerId', 'must be a string'],
    ['with an empty customer', buildOrder({ customerId: '' }), '/customerId', 'must have at least 1 character'],
    [
      'with a long customer',
      buildOrder({ customerId: '😀'.repeat(65) }),
      '/customerId',
      'must have at most 64 characters',
    ],
    [
      'with an unknown currency',
      { ...buildOrder(), currency: 'ABC' },
      '/currency',
      'must be an ISO 4217 currency code',
    ],
    [
      'with a quantity of 0',
      buildOrder({ items: [{ ...item, quantity: 0 }] }),
      '/items/0/quantity',
      'must be at least 1',
    ],
    [
      'with a fractional quantity',
      buildOrder({ items: [{ ...item, quantity: 1.5 }] }),
      '/items/0/quantity',
      'must be an integer',
    ],
    [
      'with a quantity above a million',
      buildOrder({ items: [{ ...item, quantity: 1_000_001 }] }),
      '/items/0/quantity',
      'must be at most 1000000',
    ],
    [
      'with a price below 0',
      buildOrder({ items: [{ ...item, unitPrice: -1 }] }),
      '/items/0/unitPrice',
      'must be at least 0',
    ],
    [
      'with a price as a string',
      { ...buildOrder(), items: [{ ...item, unitPrice: '1' }] },
      '/items/0/unitPrice',
      'must be a number',
    ],
    ['with NUL in a string', buildOrder({ note: 'a\0b' }), '/note', 'must not contain NUL or lone surrogates'],
    ['with a lone surrogate', buildOrder({ note: 'a\uD83C' }), '/note', 'must not contain NUL or lone surrogates'],
    ['with a number in the metadata', { ...buildOrder(), metadata: { a: 1 } }, '/metadata/a', 'must be a string'],
    [
      'with an empty key in the metadata',
      buildOrder({ metadata: { '': 'x' } }),
      '/metadata/',
      'must have at least 1 character',
    ],
    [
      'with 21 pairs in the metadata',
      buildOrder({ metadata: Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`k${index}`, ''])) }),
      '/metadata',
      'must have at most 20 pairs',
    ],
    ['that is null', null, '', 'is required'],
    ['that is the empty string', '', '', 'is required'],
    ['that is an array', [], '', 'must be an object'],
    ['that is a string', 'order', '', 'must be an object'],
  ])('a body %s is rejected with the pointer of the error', async (_, body, pointer, detail) => {
    expect(await readFieldErrors(await app.send('POST', '/orders', body))).toEqual([{ pointer, detail }]);
  });

  test('a body with many errors is rejected with all of them', async () => {
    const body = { status: 'X', customerId: 7, currency: 'EUR', items: [{ productId: '', quantity: 0 }], a: 1, b: 2 };
    const pointers = (await readFieldErrors(await app.send('POST', '/orders', body))).map(({ pointer }) => pointer);
    expect(pointers.sort()).toEqual(
      ['/a', '/b', '/customerId', '/items/0/productId', '/items/0/quantity', '/items/0/unitPrice', '/status'].sort(),
    );
  });

  test.each(['{', '{"a":1,}', "{'a':1}", 'undefined', '{"customerId":"x"'])(
    'the body %j is not JSON and is rejected',
    async (text) => {
      const [error] = await readFieldErrors(await app.request('/orders', { method: 'POST', ...toJsonRequest(text) }));
      expect(error).toMatchObject({ pointer: '' });
    },
  );

  test.each(['/orders/1/approve', '/orders/1/reject', '/orders/1/validate', '/validations/1/retry'])(
    'a body with an unknown field is rejected at %s',
    async (path) => {
      expect(await readFieldErrors(await app.send('POST', path, { force: true }))).toEqual([
        { pointer: '/force', detail: 'is unknown' },
      ]);
    },
  );

  test.each([
    ['plain text', 'text/plain'],
    ['a form', 'application/x-www-form-urlencoded'],
    ['multipart', 'multipart/form-data; boundary=x'],
    ['JSON in another character set', 'application/json; charset=latin1'],
  ])('a body that is %s gets 415', async (_, type) => {
    const response = await app.request('/orders', {
      method: 'POST',
      body: JSON.stringify(buildOrder()),
      headers: { 'content-type': type },
    });
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({ code: 'unsupported-media-type' });
  });

  test.each([
    ['customerId', '😀'.repeat(64)],
    ['note', '😀'.repeat(2_000)],
  ])('the length of %s is counted in characters, not in UTF-16 code units', async (field, value) => {
    const body = { ...buildOrder(), [field]: value, colour: 'red' };
    expect(await readFieldErrors(await app.send('POST', '/orders', body))).toEqual([
      { pointer: '/colour', detail: 'is unknown' },
    ]);
  });

  const json = { 'content-type': 'application/json' };

  test.each(['utf-16le', 'utf-7', 'nonsense'])('a body with the charset %s gets 415', async (charset) => {
    const headers = { 'content-type': `application/json; charset=${charset}` };
    const response = await app.request('/orders', { method: 'POST', body: JSON.stringify(buildOrder()), headers });
    expect(response.status).toBe(415);
    const { detail } = await response.json();
    expect(detail).toContain(`The parameter 'charset' of Content-Type is '${charset}'`);
  });

  test('a body that is not UTF-8 is rejected instead of being stored with replacement characters', async () => {
    const [before, after] = JSON.stringify(buildOrder({ note: 'SPLIT' })).split('SPLIT');
    const bytes = Buffer.concat([Buffer.from(String(before)), Buffer.from([0xff, 0xfe]), Buffer.from(String(after))]);
    expect(await readFieldErrors(await app.request('/orders', { method: 'POST', body: bytes, headers: json }))).toEqual(
      [{ pointer: '', detail: 'is not UTF-8' }],
    );
  });

  test.each(['gzip', 'deflate', 'br'])('a body with invalid %s data is rejected', async (encoding) => {
    const headers = { ...json, 'content-encoding': encoding };
    const response = await app.request('/orders', { method: 'POST', body: 'not compressed', headers });
    expect(await readFieldErrors(response)).toEqual([{ pointer: '', detail: 'cannot be decompressed' }]);
  });

  test('a body with truncated gzip data is rejected', async () => {
    const headers = { ...json, 'content-encoding': 'gzip' };
    const body = gzipSync(JSON.stringify(buildOrder())).subarray(0, 40);
    expect(await readFieldErrors(await app.request('/orders', { method: 'POST', body, headers }))).toHaveLength(1);
  });

  test('a body with an unknown content encoding gets 415', async () => {
    for (const encoding of ['zstd', 'gzip, br']) {
      const headers = { ...json, 'content-encoding': encoding };
      const response = await app.request('/orders', { method: 'POST', body: JSON.stringify(buildOrder()), headers });
      expect(response.status).toBe(415);
      const { detail } = await response.json();
      expect(detail).toContain(`The Content-Encoding '${encoding}' is not supported`);
    }
  });

  test('a compressed body that is too large after decompression gets 413', async () => {
    const headers = { ...json, 'content-encoding': 'gzip' };
    const body = gzipSync(JSON.stringify(buildOrder()).padEnd(1_000_000));
    expect((await app.request('/orders', { method: 'POST', body, headers })).status).toBe(413);
  });

  test('the body of a GET is ignored', async () => {
    const socket = sendRaw(
      app.url,
      formatRequestHead('GET', '/orders/9', { 'Content-Type': 'text/plain', 'Content-Length': 1 }),
      '{',
    );
    expect((await socket).status).toBe(404);
  });

  test.each(['chunks', 'a length'])('a body over the limit sent with %s gets 413', async (framing) => {
    const text = JSON.stringify(buildOrder()).padEnd(16_385);
    const body = framing === 'chunks' ? new Blob([text]).stream() : text;
    const init = { method: 'POST', body, headers: { 'content-type': 'application/json' }, duplex: 'half' };
    const response = await app.request('/orders', init as RequestInit);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'payload-too-large', maxBodyBytes: 16_384 });
  });
});

describe('an id', () => {
  const maxId = Number.MAX_SAFE_INTEGER;

  test.each([
    ['0', 'must be at least 1'],
    ['-1', 'must be at least 1'],
    ['1.5', 'must be an integer'],
    ['abc', 'must be an integer'],
    ['1e3', 'must be an integer'],
    ['0x1', 'must be an integer'],
    ['01', 'must be an integer'],
    ['%201', 'must be an integer'],
    ['9007199254740992', `must be at most ${maxId}`],
    ['99999999999999999999', 'must be an integer'],
  ])('the id %s is rejected', async (id, detail) => {
    const paths = [`/orders/${id}`, `/orders/${id}/events`, `/orders/${id}/validations`];
    for (const path of paths) {
      expect(await readFieldErrors(await app.request(path))).toEqual([{ pointer: '/path/orderId', detail }]);
    }
    expect(await readFieldErrors(await app.send('PUT', `/orders/${id}`, {}))).toHaveLength(1);
    expect(await readFieldErrors(await app.request(`/orders/${id}/approve`, { method: 'POST' }))).toHaveLength(1);
    const [error] = await readFieldErrors(await app.request(`/validations/${id}`));
    expect(error?.pointer).toBe('/path/validationId');
  });

  test.each(['/orders/2', `/orders/${maxId}`, '/validations/2', '/orders/2/events'])(
    'an unknown id is 404: %s',
    async (path) => {
      const response = await app.request(path);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: 'not-found', instance: path });
    },
  );
});

describe('a query', () => {
  test.each([
    ['limit=0', '/query/limit', 'must be at least 1'],
    ['limit=101', '/query/limit', 'must be at most 100'],
    ['limit=ten', '/query/limit', 'must be an integer'],
    ['limit=', '/query/limit', 'must be an integer'],
    ['limit=5&limit=6', '/query/limit', 'must be given once'],
    ['sort=id&sort=id', '/query/sort', 'must be given once'],
    ['offset=-1', '/query/offset', 'must be at least 0'],
    ['offset=10001', '/query/offset', 'must be at most 10000'],
    ['status=OPEN', '/query/status/0', 'must be one of CREATED, VALIDATED, APPROVED, REJECTED'],
    ['status=CREATED,CREATED', '/query/status', 'must not repeat a value'],
    ['status=', '/query/status/0', 'must be one of CREATED, VALIDATED, APPROVED, REJECTED'],
    ['sort=total', '/query/sort', 'must be one of -id, id'],
    ['withTotal=yes', '/query/withTotal', 'must be one of true, false'],
    ['colour=red', '/query/colour', 'is unknown'],
    ['offset=1&cursor=abc', '/query/cursor', 'must not be combined with offset'],
  ])('the query %s is rejected with the pointer of the error', async (query, pointer, detail) => {
    expect(await readFieldErrors(await app.request(`/orders?${query}`))).toEqual([{ pointer, detail }]);
  });

  test.each(['customerId=%ff', 'customerId=%zz', '%zz=1', 'customerId=%ED%A0%80'])(
    'a query with bad percent-encoding is rejected: %s',
    async (query) => {
      const [error] = await readFieldErrors(await app.request(`/orders?${query}`));
      expect(error).toMatchObject({ pointer: '/query', detail: expect.stringMatching(/^has bad percent-encoding in/) });
    },
  );

  test('a query with thousands of parameters is rejected with one error', async () => {
    expect(await readFieldErrors(await app.request(`/orders?${'a&'.repeat(4_000)}`))).toEqual([
      { pointer: '/query', detail: 'has too many parameters' },
    ]);
  });

  test('a long query is read to its end', async () => {
    expect(await readFieldErrors(await app.request(`/orders?${'&'.repeat(2_000)}evil=1`))).toEqual([
      { pointer: '/query/evil', detail: 'is unknown' },
    ]);
  });

  test.each([
    'createdFrom=yesterday',
    'createdTo=9999-12-31T23:59:59-12:00',
    'createdFrom=0001-01-01T00:00:00%2B14:00',
    'createdTo=2026-02-30T00:00:00Z',
    'createdFrom=2026-01-01T00:00:60Z',
    'createdFrom=2026-12-31T23:59:60%2B01:00',
    'createdFrom=2026-01-01T00:00:61Z',
  ])('the time in the query %s is rejected', async (query) => {
    const name = query.split('=')[0];
    expect(await readFieldErrors(await app.request(`/orders?${query}`))).toMatchObject([{ pointer: `/query/${name}` }]);
  });

  test.each([
    ['2026-01-01', 'must be an RFC 3339 date and time with an offset, as in 2026-05-04T10:15:30Z'],
    ['2026-01-01T00:00:00', 'must be an RFC 3339 date and time with an offset, as in 2026-05-04T10:15:30Z'],
    ['2026-01-01T00:00:00+02:00', 'must be an RFC 3339 time, with the + of its offset encoded as %2B'],
  ])('the rejection of the time %s says how to write it', async (time, detail) => {
    expect(await readFieldErrors(await app.request(`/orders?createdFrom=${time}`))).toEqual([
      { pointer: '/query/createdFrom', detail },
    ]);
  });

  test.each([
    '2016-12-31T23:59:60Z',
    '2016-12-31T23:59:60.25Z',
    '2016-12-31T15:59:60-08:00',
    '2026-05-04t10:15:30z',
    '2026-05-04T10:15:30-00:00',
    '2026-05-04T10:15:30.123456789%2b02:00',
  ])('the RFC 3339 time %s is accepted', async (time) => {
    expect((await app.request(`/orders?createdFrom=${time}`)).status).toBe(200);
  });

  test.each(['/health', '/health/ready'])('%s ignores every query, even a malformed one', async (path) => {
    for (const query of ['x=1', 'a&a', '%zz=%00', 'a&'.repeat(101)]) {
      expect((await app.request(`${path}?${query}`)).status).toBe(200);
    }
  });

  test.each(['/orders/1', '/stats', '/policy', '/openapi.json'])(
    '%s has no query parameters and rejects any',
    async (path) => {
      expect(await readFieldErrors(await app.request(`${path}?x=1`))).toEqual([
        { pointer: '/query/x', detail: 'is unknown' },
      ]);
    },
  );
});

describe('a path or method', () => {
  test.each([
    ['DELETE', '/orders/1', 'GET, HEAD, PUT'],
    ['PATCH', '/orders/1', 'GET, HEAD, PUT'],
    ['PUT', '/orders', 'GET, HEAD, POST'],
    ['GET', '/orders/1/approve', 'POST'],
    ['POST', '/health', 'GET, HEAD'],
    ['POST', '/', 'GET, HEAD'],
    ['POST', '/docs/', 'GET, HEAD'],
  ])('%s %s gets 405 with the supported methods', async (method, path, allow) => {
    const response = await app.request(path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    expect(await response.json()).toMatchObject({ code: 'method-not-allowed', allow: allow.split(', ') });
  });

  test.each([
    '/order',
    '/orders/',
    '/orders/1/',
    '/Orders',
    '/orders/1/nothing',
    '/favicon.ico',
    '/.env',
    '/assets',
    '/assets/x',
    '/docs/x',
    '/openapiXjson',
  ])('the unknown path %s gets 404', async (path) => {
    const response = await app.request(path);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'not-found' });
  });

  test.each(['/orders/%zz', '/orders/%', '/orders/%ff'])(
    'a path with bad percent-encoding is 400: %s',
    async (path) => {
      const { status, body } = await sendRaw(app.url, formatRequestHead('GET', path));
      expect([status, body.errors]).toEqual([400, [{ pointer: '/path', detail: 'has bad percent-encoding' }]]);
    },
  );

  test.each([
    ['Range', 'bytes=99999999-'],
    ['If-Match', '"x"'],
    ['If-Unmodified-Since', 'Mon, 01 Jan 2001 00:00:00 GMT'],
  ])('a request for a file with an unsatisfiable %s header gets 400', async (name, value) => {
    const response = await app.request('/docs/swagger-ui.css', { headers: { [name]: value } });
    expect(await readFieldErrors(response)).toMatchObject([{ pointer: '/header' }]);
  });

  test('a request with an unknown expectation is executed', async () => {
    const { status } = await sendRaw(app.url, formatRequestHead('GET', '/orders/9', { Expect: 'foo' }));
    expect(status).toBe(404);
  });

  test('OPTIONS returns the supported methods, and HEAD returns the headers of GET', async () => {
    const options = await fetch(`${app.url}/orders/1`, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, PUT, OPTIONS']);
    const head = await app.request('/orders/1', { method: 'HEAD' });
    expect([head.status, head.headers.get('etag'), await head.text()]).toEqual([200, '"1"', '']);
  });
});
