// Lets pages of the allowed origins read responses (CORS, Fetch standard, section 3.2). Their scripts send the token in
// a header, so credentials mode is not enabled.

import type { ServiceRequest, ServiceResponse } from '../request/request.ts';

const allowedHeaders = [
  'authorization',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'x-request-id',
  'last-event-id',
  'content-encoding',
  // Trace Context and Baggage of the W3C.
  'traceparent',
  'tracestate',
  'baggage',
].join(', ');

const exposedHeaders = [
  'etag',
  'location',
  'x-request-id',
  'retry-after',
  'ratelimit',
  'ratelimit-policy',
  'idempotent-replayed',
  'www-authenticate',
  'allow',
].join(', ');

/** How long a browser may cache the response to a preflight request, in seconds. */
const preflightMaxAgeS = 600;

/** Creates the step that lets the page that sent a request read the response, if its origin is allowed. */
export function createCorsHeaders(
  origins: readonly string[],
): (request: ServiceRequest, response: ServiceResponse) => void {
  return ({ headers: { origin } }, response) => {
    // On every response: a cache must not reuse a response without these headers for a page of an allowed origin.
    response.appendHeader('Vary', 'Origin');
    if (origin === undefined || !origins.includes(origin)) return;
    response.setHeader('Access-Control-Allow-Origin', origin);
    response.setHeader('Access-Control-Expose-Headers', exposedHeaders);
  };
}

/** Sets the headers of a response to a preflight request, if the origin of the page is allowed. */
export function setPreflightHeaders(
  request: ServiceRequest,
  response: ServiceResponse,
  methods: readonly string[],
): void {
  if (request.headers['access-control-request-method'] === undefined) return;
  if (!response.hasHeader('Access-Control-Allow-Origin')) return;
  response.setHeader('Access-Control-Allow-Methods', methods.join(', '));
  response.setHeader('Access-Control-Allow-Headers', allowedHeaders);
  response.setHeader('Access-Control-Max-Age', preflightMaxAgeS);
}
