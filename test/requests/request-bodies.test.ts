// Ambiguous and hostile bodies and queries: each error is rejected with its pointer, and nothing changes.

import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contract } from '../../contract/index.ts';
import { buildOrder } from '../kit/http/orders.ts';
import { readFieldErrors } from '../kit/http/problems.ts';
import { formatRequestHead, openSocket, parseResponses, readToEnd, sendRaw } from '../kit/http/raw-http.ts';
import { listQueryParameters, listRoutes } from '../kit/http/routes.ts';
import { startTestApp, type TestApp, toJsonRequest } from '../kit/service/app.ts';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
  await app.client.orders.create(buildOrder());
});

afterAll(async () => {
  expect(await app.client.stats.get()).toMatchObject({ orders: { CREATED: 1 } });
  expect(await app.client.orders.get({ orderId: 1 })).toMatchObject({ version: 1 });
  await app[Symbol.asyncDispose]();
});

/** Sends the text as the body of a new order, and returns the field errors of the response. */
async function collectErrors(text: string | Uint8Array): Promise<{ pointer: string; detail: string }[]> {
  return readFieldErrors(await app.request('/orders', { method: 'POST', ...toJsonRequest(text as string) }));
}

/** Returns the JSON of an order with additional fields at its end. */
function addFields(fields: string): string {
  return `${JSON.stringify(buildOrder()).slice(0, -1)},${fields}}`;
}

describe('an ambiguous order', () => {
  test.each<[string, string, string, string]>([
    ['with a duplicate field', '"note":"a","note":"b"', '/note', 'is a duplicate name'],
    ['with a duplicate field, once escaped', '"note":"a","n\\u006fte":"b"', '/note', 'is a duplicate name'],
    ['with __proto__', '"__proto__":{"total":0}', '/__proto__', 'is not allowed as a name'],
    [
      'with an escaped __proto__',
      '"metadata":{"\\u005f_proto__":"x"}',
      '/metadata/__proto__',
      'is not allowed as a name',
    ],
    ['with NUL in a string', '"note":"a\\u0000b"', '/note', 'must not contain NUL or lone surrogates'],
    ['with a lone surrogate', '"note":"\\ud83c"', '/note', 'must not contain NUL or lone surrogates'],
    [
      'with NUL in a name',
      '"metadata":{"a\\u0000":"x"}',
      '/metadata/a\0',
      'the name must not contain NUL or lone surrogates',
    ],
    ['with an integer that would be rounded', '"x":9007199254740993', '/x', 'would be rounded to 9007199254740992'],
    ['with a fraction that would be rounded', '"x":0.1000000000000000055', '/x', 'would be rounded to 0.1'],
    ['with a number that is too large', '"x":1e400', '/x', 'is too large'],
    ['with a number that is too small', '"x":1e-400', '/x', 'would be rounded to 0'],
    [
      'nested too deep',
      `"x":${'['.repeat(32)}${']'.repeat(32)}`,
      `/x${'/0'.repeat(31)}`,
      'is nested deeper than 32 levels',
    ],
  ])('a request with an order %s is rejected', async (_, fields, pointer, detail) => {
    expect(await collectErrors(addFields(fields))).toEqual([{ pointer, detail }]);
  });

  test('a request with an ambiguous order is rejected with all of its errors', async () => {
    const errors = await collectErrors(addFields('"note":"\\u0000","note":1e400,"metadata":{"__proto__":""}'));
    expect(errors.map(({ pointer }) => pointer)).toEqual(['/note', '/note', '/note', '/metadata/__proto__']);
  });

  test('a body of brackets up to the size limit is rejected with one error', async () => {
    const response = await app.request('/orders', { method: 'POST', ...toJsonRequest('['.repeat(262_144)) });
    expect((await response.json()).errors).toEqual([
      { pointer: '/0'.repeat(32), detail: 'is nested deeper than 32 levels' },
    ]);
  });

  test('a request with thousands of errors is rejected with the first thousand', async () => {
    const pairs = Array.from({ length: 10_000 }, (_, index) => `"x${index}":1`).join();
    expect(await collectErrors(addFields(pairs))).toHaveLength(1_000);
    expect(await collectErrors(addFields(`"metadata":{${pairs}}`))).toHaveLength(1_000);
  });
});

describe('an unambiguous order', () => {
  /** Checks that the body is read: its only error is one that the contract finds after reading. */
  async function expectRead(body: string | Uint8Array): Promise<void> {
    expect(await collectErrors(body)).toEqual([{ pointer: '/colour', detail: 'is unknown' }]);
  }

  test('an order after a byte order mark is read', async () => {
    await expectRead(Buffer.from(`\ufeff${addFields('"colour":1')}`));
  });

  test.each(['1.0', '10e-1', '1E0', '-0', '9007199254740994', '0.1', '1e23'])(
    'an order with the number %s is read',
    async (number) => {
      await expectRead(addFields(`"colour":${number}`));
    },
  );

  test('an order with escaped and unescaped characters is read', async () => {
    await expectRead(addFields('"note":"\\ud83c\\udf09 🌉 \\" \\\\ é \\u00e9","colour":""'));
  });
});

describe('a body without content', () => {
  const validate = '/orders/2/validate';
  const json = { 'Content-Type': 'application/json' };

  test.each<[string, Record<string, string>]>([
    ['no type', {}],
    ['the type of a form', { 'Content-Type': 'application/x-www-form-urlencoded' }],
    ['an unsupported charset', { 'Content-Type': 'application/json; charset=latin1' }],
    ['an encoding', { ...json, 'Content-Encoding': 'gzip' }],
    ['an unknown encoding', { ...json, 'Content-Encoding': 'zstd' }],
  ])('a chunked body without bytes and with %s is no body', async (_, headers) => {
    const head = formatRequestHead('POST', validate, { ...headers, 'Transfer-Encoding': 'chunked' });
    expect(await sendRaw(app.url, head, '0\r\n\r\n')).toMatchObject({ status: 404 });
  });

  test('a chunked body is rejected by its type with its first byte, before its end', async () => {
    const head = formatRequestHead('POST', validate, { 'Content-Type': 'text/plain', 'Transfer-Encoding': 'chunked' });
    expect(await sendRaw(app.url, head, '1\r\n{\r\n')).toMatchObject({ status: 415 });
  });

  test('a chunked body with another type is rejected before its client gets 100 Continue', async () => {
    const headers = { 'Content-Type': 'text/plain', 'Transfer-Encoding': 'chunked', Expect: '100-continue' };
    expect(await sendRaw(app.url, formatRequestHead('POST', validate, headers))).toMatchObject({ status: 415 });
  });

  test.each(['null', ' null ', '""', '\n', '\ufeff', ' '.repeat(10_000)])('the body %j is no body', async (body) => {
    for (const action of ['validate', 'approve', 'reject']) {
      const response = await app.request(`/orders/2/${action}`, { method: 'POST', ...toJsonRequest(body) });
      expect(response.status).toBe(404);
    }
  });
});

describe('an optional field', () => {
  test.each([
    ['/orders/2/approve', { note: null }],
    ['/orders/2/reject', { reason: null }],
    ['/webhooks/1/skip', { through: null }],
  ])('at %s the body %o is accepted: null is like an absent field', async (path, body) => {
    expect((await app.send('POST', path, body)).status).toBe(404);
  });

  test('a new order and a new webhook may have null for every optional field', async () => {
    const order = { ...buildOrder(), reference: null, note: null, metadata: null, colour: 'red' };
    expect(await collectErrors(JSON.stringify(order))).toEqual([{ pointer: '/colour', detail: 'is unknown' }]);
    const webhook = { url: 'https://shop.example/', types: null, description: null, colour: 'red' };
    expect(await readFieldErrors(await app.send('POST', '/webhooks', webhook))).toEqual([
      { pointer: '/colour', detail: 'is unknown' },
    ]);
  });

  test('null clears the metadata of an order', async () => {
    await using other = await startTestApp();
    await other.client.orders.create(buildOrder({ metadata: { channel: 'shop' } }));
    expect(await (await other.send('PUT', '/orders/1', { metadata: null })).json()).toMatchObject({ metadata: {} });
    expect(await (await other.send('POST', '/orders', { ...buildOrder(), metadata: null })).json()).toMatchObject({
      metadata: {},
    });
  });
});

describe('the headers of a body', () => {
  test.each<Record<string, string>>([
    { 'content-type': 'application/json; charset=utf8' },
    { 'content-type': 'application/json;charset="UTF-8"' },
    { 'content-type': "application/json; charset='utf-8'" },
    { 'content-type': 'application/json; charset=' },
    { 'content-type': 'application/json;' },
    { 'content-type': 'Application/JSON ; q=1; charset=Utf-8' },
    { 'content-type': 'application/json', 'content-encoding': 'Identity' },
    { 'content-type': 'application/json', 'content-encoding': '' },
  ])('a body with the headers %o is read', async (headers) => {
    const response = await app.request('/orders', { method: 'POST', body: addFields('"colour":1'), headers });
    expect(await readFieldErrors(response)).toEqual([{ pointer: '/colour', detail: 'is unknown' }]);
  });

  test.each(['x-gzip', 'GZIP', 'gzip, identity', 'identity, X-GZip'])(
    'a body with the content encoding %s is decompressed as gzip',
    async (encoding) => {
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
      const body = new Uint8Array(gzipSync(addFields('"colour":1')));
      const response = await app.request('/orders', { method: 'POST', body, headers });
      expect(await readFieldErrors(response)).toEqual([{ pointer: '/colour', detail: 'is unknown' }]);
    },
  );
});

describe('a compressed body', () => {
  const compressors = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync };
  const names = Object.keys(compressors) as (keyof typeof compressors)[];

  const post = (body: Uint8Array<ArrayBuffer>, encoding: string) =>
    app.request('/orders', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'content-encoding': encoding },
    });

  test.each(names)('a body compressed with %s is decompressed', async (name) => {
    const response = await post(new Uint8Array(compressors[name](addFields('"colour":1'))), name);
    expect((await response.json()).errors).toEqual([{ pointer: '/colour', detail: 'is unknown' }]);
  });

  test.each(names)('a body of 10 MB compressed with %s to a few kB is 413', async (name) => {
    const bomb = new Uint8Array(compressors[name](Buffer.alloc(10_000_000)));
    expect(bomb.length).toBeLessThan(11_000);
    const response = await post(bomb, name);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'payload-too-large', maxBodyBytes: 262_144 });
  });
});

test('a body that does not end is rejected as soon as it is too large', async () => {
  const socket = await openSocket(app.url);
  socket.write(
    formatRequestHead('POST', '/orders', { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' }),
  );
  socket.write(`7fffffff\r\n${' '.repeat(300_000)}`);
  const [response] = parseResponses(await readToEnd(socket));
  expect(response).toMatchObject({ status: 413, headers: { connection: 'close' } });
});

describe('the query of every route', () => {
  const { health: _, ...limited } = contract;
  const routes = listRoutes(limited).map((route) => [`${route.method} ${route.path}`, route] as const);
  const toConcretePath = (path: string) => path.replace(':code', 'conflict').replace(/:\w+/, '1');

  test.each(routes)('%s rejects a query parameter that is not in the contract', async (_, { method, path }) => {
    const response = await app.request(`${toConcretePath(path)}?nothing=1`, { method });
    expect((await response.json()).errors).toContainEqual({ pointer: '/query/nothing', detail: 'is unknown' });
  });

  const parameters = listQueryParameters(limited)
    .filter(({ values }) => values === undefined)
    .map(({ route, name }) => [`${route.method} ${route.path}`, name, toConcretePath(route.path)] as const);

  test.each(parameters)('%s rejects a repeated query parameter %s', async (_, parameter, path) => {
    const response = await app.request(`${path}?${parameter}=1&${parameter}=1`);
    const { errors } = await response.json();
    expect(errors).toContainEqual({
      pointer: `/query/${parameter}`,
      detail: 'must be given once',
    });
  });
});
