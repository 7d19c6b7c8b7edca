// Bodies and queries that are meant to be taken for something else than they look like: refused, every fault with its
// pointer, and nothing changed by them.

import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { contract } from '../../contract/index.ts';
import { startTestApp, type TestApp, toJsonRequest } from '../kit/app.ts';
import { buildOrder } from '../kit/orders.ts';
import { readFieldErrors } from '../kit/problems.ts';
import { formatRequestHead, openSocket, parseResponses, readToEnd } from '../kit/raw-http.ts';
import { listRoutes } from '../kit/routes.ts';

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

/** An order whose fields are followed by these. */
function orderWith(fields: string): string {
  return `${JSON.stringify(buildOrder()).slice(0, -1)},${fields}}`;
}

describe('an order is refused', () => {
  test.each<[string, string, string, string]>([
    ['with a field twice', '"note":"a","note":"b"', '/note', 'is given twice'],
    ['with a field twice, once in disguise', '"note":"a","n\\u006fte":"b"', '/note', 'is given twice'],
    ['with __proto__', '"__proto__":{"total":0}', '/__proto__', 'is a name that is not allowed'],
    [
      'with __proto__ in disguise',
      '"metadata":{"\\u005f_proto__":"x"}',
      '/metadata/__proto__',
      'is a name that is not allowed',
    ],
    ['with NUL in text', '"note":"a\\u0000b"', '/note', 'must not contain NUL or lone surrogates'],
    ['with half a pair', '"note":"\\ud83c"', '/note', 'must not contain NUL or lone surrogates'],
    [
      'with NUL in a name',
      '"metadata":{"a\\u0000":"x"}',
      '/metadata/a\0',
      'in its name must not contain NUL or lone surrogates',
    ],
    ['with a number that is rounded', '"x":9007199254740993', '/x', 'would be rounded to 9007199254740992'],
    ['with a fraction that is rounded', '"x":0.1000000000000000055', '/x', 'would be rounded to 0.1'],
    ['with a number that is too large', '"x":1e400', '/x', 'is too large a number'],
    ['with a number that is too small', '"x":1e-400', '/x', 'would be rounded to 0'],
    ['nested too deep', `"x":${'['.repeat(32)}${']'.repeat(32)}`, `/x${'/0'.repeat(31)}`, 'is nested deeper than 32'],
  ])('%s', async (_, fields, pointer, detail) => {
    expect(await collectErrors(orderWith(fields))).toEqual([{ pointer, detail }]);
  });

  test('with all its faults', async () => {
    const faults = await collectErrors(orderWith('"note":"\\u0000","note":1e400,"metadata":{"__proto__":""}'));
    expect(faults.map(({ pointer }) => pointer)).toEqual(['/note', '/note', '/note', '/metadata/__proto__']);
  });

  test('that is a million brackets', async () => {
    const response = await app.request('/orders', { method: 'POST', ...toJsonRequest('['.repeat(262_144)) });
    expect((await response.json()).errors).toEqual([{ pointer: '/0'.repeat(32), detail: 'is nested deeper than 32' }]);
  });

  test('that is full of faults, without naming each', async () => {
    const pairs = Array.from({ length: 10_000 }, (_, index) => `"x${index}":1`).join();
    expect(await collectErrors(orderWith(pairs))).toHaveLength(1_000);
    expect(await collectErrors(orderWith(`"metadata":{${pairs}}`))).toHaveLength(1_000);
  });
});

describe('an order is taken', () => {
  /** It is seen by the one fault that is left, which only the contract can have found. */
  async function expectRead(body: string | Uint8Array): Promise<void> {
    expect(await collectErrors(body)).toEqual([{ pointer: '/colour', detail: 'is unknown' }]);
  }

  test('behind a byte order mark', async () => {
    await expectRead(Buffer.from(`\ufeff${orderWith('"colour":1')}`));
  });

  test.each(['1.0', '10e-1', '1E0', '-0', '9007199254740994', '0.1', '1e23'])('with the number %s', async (number) => {
    await expectRead(orderWith(`"colour":${number}`));
  });

  test('with characters of every kind, escaped or not', async () => {
    await expectRead(orderWith('"note":"\\ud83c\\udf09 🌉 \\" \\\\ é \\u00e9","colour":""'));
  });
});

describe('a packed body', () => {
  const packers = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync };
  const names = Object.keys(packers) as (keyof typeof packers)[];

  const post = (body: Uint8Array<ArrayBuffer>, encoding: string) =>
    app.request('/orders', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'content-encoding': encoding },
    });

  test.each(names)('is unpacked: %s', async (name) => {
    const response = await post(new Uint8Array(packers[name](orderWith('"colour":1'))), name);
    expect((await response.json()).errors).toEqual([{ pointer: '/colour', detail: 'is unknown' }]);
  });

  test.each(names)('of 10 MB in a few kB is 413: %s', async (name) => {
    const bomb = new Uint8Array(packers[name](Buffer.alloc(10_000_000)));
    expect(bomb.length).toBeLessThan(11_000);
    const response = await post(bomb, name);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'payload-too-large', maxBodyBytes: 262_144 });
  });
});

test('a body without an end is refused as soon as it is too large', async () => {
  const socket = await openSocket(app.url);
  socket.write(
    formatRequestHead('POST', '/orders', { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' }),
  );
  socket.write(`7fffffff\r\n${' '.repeat(300_000)}`);
  const [response] = parseResponses(await readToEnd(socket));
  expect(response).toMatchObject({ status: 413, headers: { connection: 'close' } });
});

describe('the query of every route', () => {
  const routes = listRoutes(contract).map((route) => [`${route.method} ${route.path}`, route] as const);
  const pathOf = (path: string) => path.replace(':code', 'conflict').replace(/:\w+/, '1');

  test.each(routes)('knows no other parameter than those of the contract: %s', async (_, { method, path }) => {
    const response = await app.request(`${pathOf(path)}?nothing=1`, { method });
    expect((await response.json()).errors).toContainEqual({ pointer: '/query/nothing', detail: 'is unknown' });
  });

  const parameters = routes.flatMap(([name, route]) =>
    Object.keys((route.query as z.ZodObject).shape).map((parameter) => [name, parameter, pathOf(route.path)] as const),
  );

  test.each(parameters)('takes a parameter once: %s, %s', async (_, parameter, path) => {
    const response = await app.request(`${path}?${parameter}=1&${parameter}=1`);
    const { errors } = await response.json();
    expect(errors).toContainEqual({ pointer: `/query/${parameter}`, detail: expect.stringContaining('must be') });
  });
});
