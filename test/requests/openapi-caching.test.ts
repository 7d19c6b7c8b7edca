// The OpenAPI document on the wire: entity tags, compression and size.

import { request as sendRequest } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateDocument } from '../../server/http/docs/openapi/document.ts';
import { startAuthenticatedApp, type TestApp } from '../kit/service/app.ts';

let app: TestApp;

beforeAll(async () => {
  app = await startAuthenticatedApp();
});

afterAll(() => app[Symbol.asyncDispose]());

type Received = { status: number; headers: Record<string, unknown>; body: Buffer };

/** Sends a request without decompressing its response, as `fetch` does. */
function receive(headers: Record<string, string>, method = 'GET'): Promise<Received> {
  return new Promise((resolve, reject) => {
    const request = sendRequest(`${app.url}/openapi.json`, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    request.on('error', reject).end();
  });
}

const expected = JSON.stringify(generateDocument());

const decoders: Record<string, (body: Buffer) => Buffer> = { br: brotliDecompressSync, gzip: gunzipSync };

describe('the OpenAPI document', () => {
  test.each([
    [undefined, undefined],
    ['', undefined],
    ['identity', undefined],
    ['deflate', undefined],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['gzip, deflate, br, zstd', 'br'],
    ['br;q=0.5, gzip;q=0.8', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['gzip;q=0', undefined],
    ['gzip;q=0.3, identity', undefined],
    ['*', 'br'],
    ['*;q=0', undefined],
    ['br;q=x', undefined],
  ])('with Accept-Encoding %s it is encoded as %s', async (accept, encoding) => {
    const { status, headers, body } = await receive(accept === undefined ? {} : { 'accept-encoding': accept });
    expect(status).toBe(200);
    expect(headers['content-encoding']).toBe(encoding);
    expect(headers['content-length']).toBe(String(body.length));
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      vary: expect.stringContaining('Accept-Encoding'),
      'cache-control': 'no-cache',
      etag: expect.stringMatching(/^"[\w-]{22}(-br|-gzip)?"$/),
    });
    const decode = decoders[encoding ?? ''] ?? ((bytes: Buffer) => bytes);
    expect(decode(body).toString()).toBe(expected);
  });

  test('each encoding of /openapi.json has its own ETag, and If-None-Match with it returns 304', async () => {
    const tags = await Promise.all(
      ['identity', 'gzip', 'br'].map(async (encoding) => {
        const { headers } = await receive({ 'accept-encoding': encoding });
        const etag = String(headers.etag);
        for (const condition of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
          const unchanged = await receive({ 'accept-encoding': encoding, 'if-none-match': condition });
          expect(unchanged).toMatchObject({ status: 304, headers: { etag }, body: Buffer.alloc(0) });
        }
        expect(await receive({ 'accept-encoding': encoding, 'if-none-match': '"other"' })).toMatchObject({
          status: 200,
        });
        return etag;
      }),
    );
    expect(new Set(tags).size).toBe(3);
  });

  test('a HEAD request gets the headers of the compressed document without its body', async () => {
    const { headers } = await receive({ 'accept-encoding': 'br' });
    expect(await receive({ 'accept-encoding': 'br' }, 'HEAD')).toMatchObject({
      status: 200,
      headers: { 'content-encoding': 'br', 'content-length': headers['content-length'], etag: headers.etag },
      body: Buffer.alloc(0),
    });
  });

  test('the SDK returns undefined for an unchanged document', async () => {
    const { headers } = await app.client.documentation.openapi().withResponse();
    const etag = headers.get('etag') ?? '';
    expect(await app.client.documentation.openapi({}, { ifNoneMatch: etag })).toBeUndefined();
  });

  test('the document has less than 140 kB, and less than 20 kB compressed', async () => {
    expect(Buffer.byteLength(expected)).toBeLessThan(140_000);
    expect((await receive({ 'accept-encoding': 'br' })).body.length).toBeLessThan(20_000);
  });
});
