// The steps that only requests to an endpoint go through. The router has set `request.endpoint` before.

import { maxPartBytes } from '../../database/reads/slice.ts';
import type { BufferedBytes } from '../caller-limits/buffered-bytes.ts';
import { HeavyCallerQueue } from '../caller-limits/heavy-caller-queue.ts';
import type { RateLimits } from '../caller-limits/rate-limits.ts';
import { probePaths } from '../guards/origins.ts';
import type { Step } from '../pipeline.ts';
import type { ByteAccount, ServiceRequest, ServiceResponse } from '../request/request.ts';
import { parseQuery } from '../request/target.ts';
import { parsePathParameters } from './route-table.ts';

/**
 * Creates the step that counts requests against the rate limit of their caller. Endpoints that are open to everyone,
 * such as health checks and documents, are not limited.
 * @throws RequestProblem `too-many-requests`
 */
export function createRequestCounter(limits: RateLimits): Step {
  return (request, response) => {
    if (request.endpoint?.target.scopes) limits.countRequest(request, response);
  };
}

/**
 * The most bytes of a page of a caller that receives many bytes: reading a page takes time in proportion to its bytes,
 * in which nothing else is served.
 */
const maxPageBytesInTurn = 262_144;

/**
 * Creates the step that accounts the bytes of responses. A caller whose unread bytes leave no room for a page is
 * rejected before its request is executed. Requests for endpoints that are open to everyone are rejected only if their
 * response is large. The requests of callers that send or receive many bytes wait for their turn.
 * @throws RequestProblem `too-many-requests`
 */
export function createByteLimiter(buffered: BufferedBytes, limits: RateLimits | undefined): Step {
  const queue = new HeavyCallerQueue();
  const account: ByteAccount = {
    assertRoom: (response, bytes) => buffered.assertRoom(response, bytes),
    hasRoom: (response, bytes) => buffered.hasRoom(response, bytes),
    logCaller: (response) => buffered.logCaller(response),
    record: (response, bytes) => buffered.record(response, bytes),
    charge: (response, bytes) => {
      if (!response.req.endpoint?.target.scopes) return 0;
      queue.count(response, bytes);
      return limits?.countBytes(response, bytes) ?? 0;
    },
    waitForTurn: (response) => queue.waitForTurn(response),
  };
  return (request, response) => {
    response.account = account;
    if (!request.endpoint?.target.scopes) return undefined;
    buffered.assertCallerRoom(response, maxPartBytes);
    return queue.waitForTurn(response)?.then((end) => {
      response.beginTurn(end);
      response.maxPageBytes = maxPageBytesInTurn;
    });
  };
}

/**
 * Sets the parameters of the path and of the query.
 * @throws URIError bad percent-encoding in the path
 * @throws RequestProblem `invalid-request`: bad percent-encoding in the query, NUL, or more than 100 parameters
 */
export function parseParameters(request: ServiceRequest): void {
  if (request.endpoint) request.params = parsePathParameters(request.endpoint);
  // Health checks ignore their query, even one that cannot be parsed.
  if (!probePaths.includes(request.pathname)) request.query = parseQuery(request.search);
}

/** Calls the endpoint. It sends the response, and reports its errors itself. */
export function callEndpoint(request: ServiceRequest, response: ServiceResponse): void {
  request.endpoint?.target.handle(request, response);
}
