// Every parser of headers, queries and bodies takes linear time, whatever the input: one request must not be able to
// occupy the event loop.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { contract } from '../../contract/index.ts';
import { newOrder } from '../../contract/schemas/order.ts';
import { conditionalHeaders, idempotencyHeaders } from '../../contract/schemas/preconditions.ts';
import { parseScopes } from '../../contract/scopes.ts';
import { isValidSubject } from '../../server/auth/principal.ts';
import { parseForwardingHeaders } from '../../server/http/guards/forwarded.ts';
import { toLoggedUrl } from '../../server/http/logging/logged-url.ts';
import { readContentEncoding } from '../../server/http/request/content-headers.ts';
import { matchesIfNoneMatch } from '../../server/http/request/entity-tag.ts';
import { readPage } from '../../server/http/request/paging.ts';
import { parseJson } from '../../server/http/request/strict-json.ts';
import { parseQuery } from '../../server/http/request/target.ts';
import { maxHeaderBytes } from '../../server/http/server/limits.ts';
import { normalizeAuthority } from '../../server/shared/authority.ts';
import { isLoopback } from '../../server/shared/loopback.ts';
import { parseRetryAfterMs } from '../../server/webhooks/retry-after.ts';
import { findTargetError } from '../../server/webhooks/target.ts';
import { formatRequestHead, openSocket, readToEnd } from '../kit/http/raw-http.ts';
import { listRoutes } from '../kit/http/routes.ts';
import { createToken, toBearerHeader } from '../kit/http/tokens.ts';
import { expectLinearTime, listCommonShapes, listShapes } from '../kit/linear-time.ts';
import { type AuthenticatedApp, startAuthenticatedApp } from '../kit/service/app.ts';

/** The default of `MAX_BODY_BYTES`. */
const maxBodyBytes = 262_144;

const toPageRequest = (cursor: string) => ({ query: { limit: 1, cursor }, res: { maxPageBytes: undefined } });

describe('the check of linear time', () => {
  test.each<[string, (text: string) => unknown]>([
    ['separators', (text) => /(\s*,\s*)*$/.test(text)],
    ['digits', (text) => /\d+x/.test(text)],
    ['quotes', (text) => /".*"x/.test(text)],
  ])('a regular expression that backtracks over %s is not linear', async (_, run) => {
    await expect(expectLinearTime(listShapes(), run, { length: 2 * maxHeaderBytes })).rejects.toThrow(/ ms for 32768/);
  });

  test('an index in a list that grows with the text is not linear', async () => {
    const run = (text: string) => text.split('').map((_, index, all) => all.indexOf('\u0001', index / 2));
    await expect(expectLinearTime(listShapes(), run, { length: 2 * maxHeaderBytes })).rejects.toThrow(/ ms for 32768/);
  });
});

describe('a parser', () => {
  test.each<[string, (text: string) => unknown, string[]?]>([
    ['Forwarded', (text) => parseForwardingHeaders({ forwarded: text }), ['', 'for="', 'for=a;host="']],
    ['X-Forwarded-For', (text) => parseForwardingHeaders({ 'x-forwarded-for': text }), ['', '127.0.0.1, ', '[']],
    ['X-Forwarded-Host', (text) => parseForwardingHeaders({ 'x-forwarded-host': text })],
    ['Content-Type', (text) => readContentEncoding({ 'content-type': text }), ['', 'application/json', 'a/b;']],
    ['charset', (text) => readContentEncoding({ 'content-type': `application/json;charset=${text}` }), ['', '"']],
    ['Content-Encoding', readContentEncodingHeader, ['', 'gzip, ']],
    ['If-Match', (text) => conditionalHeaders.safeParse({ 'if-match': text }), ['', '"1"', '"1", ']],
    ['If-None-Match', (text) => matchesIfNoneMatch({ headers: { 'if-none-match': text } } as never, '"1"')],
    ['Idempotency-Key', (text) => idempotencyHeaders.safeParse({ 'idempotency-key': text }), ['', '"']],
    ['an authority', (text) => normalizeAuthority(text.slice(0, 260), 'https:'), ['', '[', 'a:']],
    ['a host name', isLoopback, ['', 'localhost', '127.']],
    ['a query', parseQuery, ['', 'a=', 'a=b&']],
    ['a logged URL', (text) => toLoggedUrl({ pathname: text, search: text, endpoint: undefined } as never), ['/']],
    ['a subject', isValidSubject],
    ['a scope claim', parseScopes],
    ['Retry-After of a receiver', (text) => parseRetryAfterMs(text, 0), ['', 'Mon, 01 Jan ']],
    ['a cursor', (text) => readPage(toPageRequest(text), 'orders', () => Promise.reject(), Number)],
    ['the texts of an order', (text) => newOrder.safeParse({ note: text, metadata: { [text]: text }, currency: text })],
    ['a webhook URL', (text) => findTargetError(text, targetRules), ['', 'https://', 'https://a/', 'https://[']],
  ])('the parser of %s is linear', async (_, run, prefixes) => {
    await expectLinearTime(listShapes(prefixes), run, { length: 2 * maxHeaderBytes });
  });

  const targetRules = { isHttpAllowed: false, isPrivateAllowed: false };
  function readContentEncodingHeader(text: string) {
    return readContentEncoding({ 'content-type': 'application/json', 'content-encoding': text });
  }

  test('the parsers of all query parameters and headers of the contract are linear', async () => {
    const schemas = listRoutes(contract).flatMap(({ query, headers }) =>
      [query, headers].filter((schema) => schema instanceof z.ZodObject),
    );
    const fields = new Map(schemas.flatMap(({ shape }) => Object.entries(shape)));
    expect([...fields.keys()]).toEqual(expect.arrayContaining(['createdFrom', 'status', 'limit', 'if-match']));
    for (const field of fields.values()) {
      await expectLinearTime(listShapes(['', '2026-05-04T10:15:30.']), field.safeParse, { length: 2 * maxHeaderBytes });
    }
  });

  test('the parser of JSON bodies is linear', async () => {
    const prefixes = ['', '[', '["', '{"'];
    await expectLinearTime(listShapes(prefixes), parseJson, { length: 65_536 });
  });
});

describe('a request', () => {
  let app: AuthenticatedApp;
  let token: { authorization: string };
  beforeAll(async () => {
    app = await startAuthenticatedApp({ trustedProxies: ['loopback'], corsOrigins: ['https://shop.example'] });
    token = toBearerHeader(await createToken());
  });
  afterAll(() => app[Symbol.asyncDispose]());

  async function send(method: string, target: string, headers: Record<string, string | number>, body = '') {
    const socket = await openSocket(app.url);
    socket.write(formatRequestHead(method, target, headers) + body, 'latin1');
    await readToEnd(socket);
  }

  /** A request includes its connection, and is read by the same process. */
  const floorMs = 20;

  // The headers that the service reads or that its libraries read for pages.
  const headerNames = [
    ...['Accept', 'Accept-Encoding', 'Authorization', 'Cache-Control', 'Content-Encoding', 'Content-Type', 'Expect'],
    ...['Forwarded', 'Host', 'Idempotency-Key', 'If-Match', 'If-Modified-Since', 'If-None-Match', 'If-Range'],
    ...['If-Unmodified-Since', 'Last-Event-ID', 'Origin', 'Range', 'Transfer-Encoding', 'Upgrade', 'X-Forwarded-For'],
    ...['X-Forwarded-Host', 'X-Forwarded-Proto', 'X-Request-Id', 'Access-Control-Request-Headers', 'Cookie'],
  ];
  test.each(headerNames)('a request with a hostile %s takes linear time, on the API and on pages', async (name) => {
    for (const [method, path] of [
      ['POST', '/orders'],
      ['GET', '/docs/'],
    ] as const) {
      const run = (text: string) => send(method, path, { 'Content-Length': 0, ...token, [name]: text });
      await expectLinearTime(listCommonShapes(), run, { length: 15_000, floorMs });
    }
  });

  test.each(['/', '/docs/', '/orders/', '/orders?', '/orders?limit=', '/orders?cursor='])(
    'a request to %s followed by a hostile text takes linear time',
    async (begin) => {
      const run = (text: string) => send('GET', begin + encodeURI(text), token);
      await expectLinearTime(listCommonShapes(), run, { length: 8_000, floorMs });
    },
  );

  test.each(['', '[', '{"', '{"a":', '{"items":[', '{"note":"'])(
    'a request with a body of hostile text after %j takes linear time',
    async (begin) => {
      const run = (text: string) => {
        const headers = { 'Content-Type': 'application/json', 'Content-Length': text.length, ...token };
        return send('POST', '/orders', headers, text);
      };
      await expectLinearTime(listCommonShapes([begin]), run, { length: maxBodyBytes, floorMs });
    },
  );
});
