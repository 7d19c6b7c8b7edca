// Converts every error of a request to a problem response (RFC 9457).

import { RequestValidationError } from '@ts-rest/express';
import { type ProblemCode, problemTable } from '../../../contract/problems/problem-table.ts';
import { classifyFailure } from '../../database/errors.ts';
import {
  createInvalidRequestProblem,
  createProblem,
  createUnavailableProblem,
  RequestProblem,
} from '../../domain/problem.ts';
import { type ServiceRequest, type ServiceResponse, setHeaders } from '../request/request.ts';
import { beginClosing, prepareEarlyResponse } from '../server/lingering-close.ts';
import { toFieldErrors } from './field-errors.ts';
import { renderProblem } from './render-problem.ts';

/**
 * Problems that the requests behind a pipelined request would get, too. They close the connection, because thousands of
 * requests can arrive in one packet.
 */
const appliesToFollowing: ReadonlySet<ProblemCode> = new Set(['unauthenticated', 'too-many-requests']);

function writeProblem(request: ServiceRequest, response: ServiceResponse, error: RequestProblem): void {
  const { status, headers, body } = renderProblem(error, request);
  if (request.isFollowed && appliesToFollowing.has(error.code)) {
    beginClosing(request.socket);
    response.setHeader('Connection', 'close');
  }
  prepareEarlyResponse(request, response);
  response.statusCode = status;
  setHeaders(response, headers);
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}

/**
 * Responds with the problem of an error. The request log gets the cause of a 5xx. If the headers have been sent
 * already, the connection is closed instead.
 */
export function sendProblem(request: ServiceRequest, response: ServiceResponse, error: unknown): void {
  const problem = toProblem(request, error);
  const { status } = problemTable[problem.code];
  // Read by the request log.
  if (status >= 500) response.failure = problem.cause instanceof Error ? problem.cause : problem;
  if (isAccessRejection(status)) response.rejectionReason = problem.message;
  if (response.headersSent) response.destroy();
  else writeProblem(request, response, problem);
}

/** Whether a status means that the caller is unknown, or lacks a permission. */
export function isAccessRejection(status: number): boolean {
  return status === 401 || status === 403;
}

function toProblem({ query }: ServiceRequest, error: unknown): RequestProblem {
  if (error instanceof RequestProblem) return error;
  if (error instanceof RequestValidationError) return createInvalidRequestProblem(toFieldErrors(error, query));
  return toPathProblem(error) ?? toHeaderProblem(error) ?? toServerProblem(error);
}

/** The static file server throws errors with status 412 and 416 for preconditions and ranges that a file fails. */
function toHeaderProblem(error: unknown): RequestProblem | undefined {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  if (status !== 412 && status !== 416) return undefined;
  return createInvalidRequestProblem([
    { pointer: '/header', detail: 'has a condition or range that the file does not meet' },
  ]);
}

/** Failures of the database are 503, because they are temporary. Any other error is a bug. */
function toServerProblem(cause: unknown): RequestProblem {
  if (classifyFailure(cause) !== 'rejected') return createUnavailableProblem('The database is unreachable.', { cause });
  return createProblem('internal', 'The service failed unexpectedly.', {}, { cause });
}

/** Invalid percent-encoding in a path throws a URIError, both in the route table and in Express. */
function toPathProblem(error: unknown): RequestProblem | undefined {
  if (!(error instanceof URIError)) return undefined;
  return createInvalidRequestProblem([{ pointer: '/path', detail: 'has bad percent-encoding' }]);
}
