// Lets pages of the origins that are listed read answers (CORS, Fetch standard, section 3.2). They send their token
// themselves: cookies and the like are not asked for.

import type { ServiceRequest, ServiceResponse } from '../request/request.ts';

const allowedHeaders = [
  'authorization',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'x-request-id',
  'last-event-id',
].join(', ');

const exposedHeaders = [
  'etag',
  'location',
  'x-request-id',
  'retry-after',
  'ratelimit',
  'ratelimit-policy',
  'idempotent-replayed',
].join(', ');

/** How long a browser may remember what it was told before a request, in seconds. */
const maxAgeS = 600;

/** Says on an answer that the page which has asked may read it, where its origin is listed. */
export function createCorsHeaders(
  origins: readonly string[],
): (request: ServiceRequest, response: ServiceResponse) => void {
  return ({ headers: { origin } }, response) => {
    // Also where no page has asked: what is kept of this answer must not be taken for one that names an origin.
    response.appendHeader('Vary', 'Origin');
    if (origin === undefined || !origins.includes(origin)) return;
    response.setHeader('Access-Control-Allow-Origin', origin);
    response.setHeader('Access-Control-Expose-Headers', exposedHeaders);
  };
}

/** Says what may be sent, where a browser asks that for a page whose origin is listed. */
export function setPreflightHeaders(
  request: ServiceRequest,
  response: ServiceResponse,
  methods: readonly string[],
): void {
  if (request.headers['access-control-request-method'] === undefined) return;
  if (!response.hasHeader('Access-Control-Allow-Origin')) return;
  response.setHeader('Access-Control-Allow-Methods', methods.join(', '));
  response.setHeader('Access-Control-Allow-Headers', allowedHeaders);
  response.setHeader('Access-Control-Max-Age', maxAgeS);
}
