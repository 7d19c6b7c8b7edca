// Generates requests to every route of the contract: valid ones, ones with a single defect, and ones with many.

import type { AppRoute } from '@ts-rest/core';
import fc from 'fast-check';
import { z } from 'zod';
import { contract } from '../../../contract/index.ts';
import { listRoutes } from './routes.ts';
import { generateValues } from './schema-values.ts';

export type FuzzRequest = {
  method: string;
  /** The path and the query, possibly encoded wrongly. */
  target: string;
  headers: Record<string, string>;
  body: string | undefined;
};

/** A small range of ids, so that many requests use the same orders and runs. */
const anyId = fc.oneof({ arbitrary: fc.integer({ min: 1, max: 40 }).map(String), weight: 9 }, fc.constant('999999'));

const hostileTexts = [
  ...['', ' ', '0', '-1', '01', '1.5', '1e3', '9007199254740993', '99999999999999999999999', 'NaN', 'true', 'null'],
  ...[
    '\0',
    'a\0b',
    '\ud83c',
    '\u202e',
    'é',
    '🌉',
    '../..',
    '/',
    '//',
    '?',
    '#',
    '%',
    '&',
    '=',
    ';',
    '"',
    "'",
    '\\',
    '\r\n',
  ],
  ...["' or 1=1 --", '<script>', '{{1}}', '%{1}', '__proto__', 'constructor', 'toString', 'hasOwnProperty'],
  ...['x'.repeat(65), 'x'.repeat(2_001), 'x'.repeat(9_000)],
];
const anyHostileText = fc.oneof(fc.constantFrom(...hostileTexts), fc.string({ unit: 'binary', maxLength: 10 }));

/** A part of a request target: encoded, unencoded as far as HTTP allows, or with a malformed escape. */
const anyEncoded = fc.oneof(
  anyHostileText.map((text) => encodeURIComponent(text.toWellFormed())),
  anyHostileText.map((text) => text.replace(/[^\x21-\x7e]|[?#]/g, '')),
  fc.constantFrom('%', '%zz', '%ff', '%00', '%ED%A0%80', '%2e%2e', '+'),
);

const routes = listRoutes(contract);
const bodiesByRoute = new Map(routes.map((route) => [route, generateBodies(route)]));
const queriesByRoute = new Map(routes.map((route) => [route, generateQueries(route)]));

function generateBodies(route: AppRoute): fc.Arbitrary<unknown> {
  const schema = 'body' in route ? route.body : undefined;
  if (!(schema instanceof z.ZodType)) return fc.constant(undefined);
  return schema instanceof z.ZodOptional
    ? fc.oneof(fc.constant(undefined), generateValues(schema.unwrap() as z.ZodType))
    : generateValues(schema);
}

function generateQueries(route: AppRoute): fc.Arbitrary<string[]> {
  return generateValues(route.query as z.ZodType).map((query) =>
    Object.entries(query as object).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`),
  );
}

const anyParameter = fc.oneof(
  fc.tuple(
    fc.constantFrom('limit', 'offset', 'cursor', 'status', 'sort', 'customerId', 'after', 'type', 'x'),
    anyEncoded,
  ),
  fc.tuple(anyEncoded, anyEncoded),
);

/** Returns the usual value `weight` times as often as each of the unusual ones. */
function mostly<Value>(usual: fc.Arbitrary<Value>, weight: number, ...unusual: fc.Arbitrary<Value>[]) {
  return fc.oneof({ arbitrary: usual, weight }, ...unusual);
}

function generateTargets(route: AppRoute): fc.Arbitrary<string> {
  const segments = route.path.split('/').map((segment) => {
    if (segment === ':code') return mostly(fc.constantFrom('conflict', 'internal'), 4, anyEncoded);
    return segment.startsWith(':') ? mostly(anyId, 15, anyEncoded) : mostly(fc.constant(segment), 60, anyEncoded);
  });
  const valid = queriesByRoute.get(route) ?? fc.constant([]);
  const strange = fc
    .tuple(
      valid,
      fc.array(
        anyParameter.map(([name, value]) => `${name}=${value}`),
        { maxLength: 3 },
      ),
    )
    .map(([usual, others]) => [...usual, ...others]);
  return fc.tuple(fc.tuple(...segments), mostly(valid, 3, strange)).map(([path, query]) => {
    const text = path.join('/') || '/';
    return (text.startsWith('/') ? text : `/${text}`) + (query.length > 0 ? `?${query.join('&')}` : '');
  });
}

const anyHostileValue = fc.oneof(
  anyHostileText,
  fc.constantFrom<unknown>(null, true, -1, 0, 1.5, 1e21, 2 ** 53, [], {}, [[]], { a: { b: {} } }, ['x'], { items: 1 }),
);

/** Returns a copy of a JSON value in which one member is replaced, added or removed. */
function damageValue(value: unknown, [choice = 0, ...choices]: number[], hostile: unknown): unknown {
  if (typeof value !== 'object' || value === null || choices.length === 0) return hostile;
  const keys = Object.keys(value);
  const key = keys[choice % (keys.length + 1)];
  const isArray = Array.isArray(value);
  const copy = (isArray ? [...value] : { ...value }) as Record<string, unknown>;
  if (key === undefined) copy[isArray ? value.length : String(hostile)] = hostile;
  else if (choice % 7 === 0 && !isArray) delete copy[key];
  else copy[key] = damageValue(copy[key], choices, hostile);
  return copy;
}

function damageText(text: string, at: number, length: number, insert: string): string {
  const index = at % (text.length + 1);
  return text.slice(0, index) + insert + text.slice(index + length);
}

function generateBodyTexts(route: AppRoute): fc.Arbitrary<string | undefined> {
  const valid = bodiesByRoute.get(route) ?? fc.constant(undefined);
  const written = valid.map((value) => (value === undefined ? undefined : JSON.stringify(value)));
  const choices = fc.array(fc.nat(), { minLength: 1, maxLength: 5 });
  const damaged = fc
    .tuple(valid, choices, anyHostileValue)
    .map(([value, where, hostile]) => JSON.stringify(damageValue(value, where, hostile)));
  const inserts = fc.constantFrom(
    '',
    '{',
    '}',
    '[',
    ']',
    ',',
    '"',
    '\\',
    '\\u0000',
    '1e999',
    ',"note":1,"note":2',
    '\0',
    'é',
  );
  const broken = fc
    .tuple(written, fc.nat(), fc.nat({ max: 3 }), inserts)
    .map(([text, at, length, insert]) => damageText(text ?? '{}', at, length, insert));
  return mostly(written, 5, damaged, broken, anyHostileText, fc.constant('['.repeat(5_000)));
}

const anyType = mostly(
  fc.constant('application/json'),
  20,
  fc.constantFrom(
    'application/json; charset=utf-8',
    'APPLICATION/JSON',
    'application/json;charset=latin1',
    'text/plain',
    '',
  ),
);

const anyHeaders = fc.record(
  {
    accept: fc.constantFrom('*/*', 'application/json', 'text/html', 'text/html;q=0.1', 'nonsense', ';;;,,,q='),
    'x-request-id': fc.constantFrom('trace-1', 'x'.repeat(65), '<script>', ''),
    'if-none-match': fc.constantFrom('*', '"1"', 'W/"1", "2"', 'nonsense'),
    'content-encoding': fc.constantFrom('gzip', 'br', 'deflate', 'identity', 'zstd', ''),
    expect: fc.constantFrom('100-continue', 'nonsense'),
    origin: fc.constantFrom('null', 'http://evil.test', ''),
    range: fc.constantFrom('bytes=0-1', 'bytes=9-1', 'nonsense'),
    host: fc.constantFrom('localhost', 'evil.test', '', '[::1]:1', 'a b'),
    upgrade: fc.constant('websocket'),
    cookie: fc.constantFrom('a=b', 'x'.repeat(5_000)),
  },
  { requiredKeys: [] },
);

/** Few keys and versions, so that many requests share them, and malformed ones. */
const anyConditions = fc.record(
  {
    'if-match': fc.constantFrom('*', '"1"', '"1", "2", "3"', 'W/"1"', '"99"', '1', '"', ','),
    'last-event-id': fc.constantFrom('0', '1', '99999999', '01', 'x', ''),
    'idempotency-key': fc.constantFrom('a', 'b', 'c', 'd', '"a"', '', '"', 'x'.repeat(256)),
    authorization: fc.constantFrom('Bearer a.b.c', 'Basic YTpi', ''),
  },
  { requiredKeys: [] },
);

/** Of ten requests, one has unusual headers and two have conditions. */
const mostlyNoHeaders = fc.oneof(
  { arbitrary: fc.constant({}), weight: 7 },
  { arbitrary: anyConditions, weight: 2 },
  { arbitrary: anyHeaders, weight: 1 },
);
const otherMethods = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND');

/** Orders are created and validated more often, because the other routes need orders and runs. */
const { create, validate } = contract.orders;
const anyRoute = fc.constantFrom<AppRoute>(...routes, create, validate, create, validate);

/** A request to any route. */
export const anyRequest: fc.Arbitrary<FuzzRequest> = anyRoute.chain((route) =>
  fc
    .record({
      method: mostly(fc.constant<string>(route.method), 20, otherMethods),
      target: generateTargets(route),
      headers: mostlyNoHeaders,
      type: anyType,
      body: mostly(
        route.method === 'GET' ? fc.constant(undefined) : generateBodyTexts(route),
        20,
        generateBodyTexts(route),
      ),
    })
    .map(({ type, body, headers, ...request }) => ({
      ...request,
      body,
      headers: body === undefined || type === '' ? headers : { 'content-type': type, ...headers },
    })),
);
