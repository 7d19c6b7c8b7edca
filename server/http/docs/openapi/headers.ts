// The headers of responses in the OpenAPI document.

import type { AppRoute } from '@ts-rest/core';
import { z } from 'zod';
import { type ProblemCode, problemTable } from '../../../../contract/problems/problem-table.ts';
import { type ResponseHeaderName, responseHeaders } from '../../../../contract/response-headers.ts';
import type { RouteMetadata } from '../../../../contract/routes/route.ts';
import { storedProblems } from '../../handlers/idempotent-request.ts';
import type { Json } from './json-schema.ts';

/** Returns all headers as components. */
export function describeHeaders(): Json {
  const entries = Object.entries(responseHeaders).map(([name, { description, type, example, required }]) => [
    name,
    { description, ...(required && { required }), schema: { type }, example },
  ]);
  return Object.fromEntries(entries);
}

/** Returns references to the headers of the successful responses of a route. */
export function referToSuccessHeaders(route: AppRoute): Json {
  const { scopes, headers = [] } = route.metadata as RouteMetadata;
  const isIdempotent = route.headers instanceof z.ZodObject && 'idempotency-key' in route.headers.shape;
  return refer([
    ...headers,
    ...(isIdempotent ? (['Idempotent-Replayed'] as const) : []),
    ...(scopes === null ? [] : (['RateLimit', 'RateLimit-Policy'] as const)),
  ]);
}

/** Problems of requests that are rejected before they are counted. */
const uncounted: ReadonlySet<ProblemCode> = new Set(['uri-too-long', 'headers-too-large', 'method-not-allowed']);

const challenged: ReadonlySet<ProblemCode> = new Set(['unauthenticated', 'forbidden']);

/** Header → whether a response with a problem has it. */
const problemHeaders: readonly (readonly [ResponseHeaderName, (code: ProblemCode) => boolean])[] = [
  ['Idempotent-Replayed', (code) => storedProblems.has(code)],
  ['Retry-After', (code) => 'retryAfterSeconds' in problemTable[code].members],
  ['RateLimit', (code) => !uncounted.has(code)],
  ['RateLimit-Policy', (code) => !uncounted.has(code)],
  ['WWW-Authenticate', (code) => challenged.has(code)],
  ['Allow', (code) => code === 'method-not-allowed'],
];

/** Returns references to the headers of a response with one of these problems. */
export function referToProblemHeaders(codes: readonly ProblemCode[]): Json {
  return refer(problemHeaders.filter(([, isSentWith]) => codes.some(isSentWith)).map(([name]) => name));
}

/** Every response has the request id. */
function refer(names: readonly string[]): Json {
  const entries = ['X-Request-Id', ...names].map((name) => [name, { $ref: `#/components/headers/${name}` }]);
  return Object.fromEntries(entries);
}
