// The one place where refusals and failures become responses: RFC 9457, whatever went wrong.

import { RequestValidationError } from '@ts-rest/express';
import type { ErrorRequestHandler, Request, Response } from 'express';
import { type Fault, problemTable } from '../../contract/problem-table.ts';
import { ProblemError, problem } from '../problem.ts';
import { faultsOf } from './faults.ts';

/** Answers a request with a problem. */
function sendProblem(request: Request, response: Response, error: ProblemError): void {
  const { status, title } = problemTable[error.code];
  const { allow, retryAfterSeconds } = error.members;
  if (Array.isArray(allow)) response.setHeader('Allow', allow.join(', '));
  if (retryAfterSeconds !== undefined) response.setHeader('Retry-After', String(retryAfterSeconds));
  const body = {
    type: `/problems/${error.code}`,
    title,
    status,
    detail: error.message,
    instance: request.path,
    code: error.code,
    requestId: String(request.id),
    ...error.members,
  };
  response
    .status(status)
    .setHeader('Content-Type', 'application/problem+json')
    .send(Buffer.from(JSON.stringify(body)));
}

/** Turns whatever a route or a middleware threw into a problem. The log has the cause of a 5xx. */
export function problemHandler(maxBodyBytes: number): ErrorRequestHandler {
  return (error, request, response, _next) => {
    const refusal = toProblem(error, maxBodyBytes);
    if (problemTable[refusal.code].status >= 500) request.log.error({ err: refusal.cause ?? refusal }, refusal.message);
    if (response.headersSent) response.destroy();
    else sendProblem(request, response, refusal);
  };
}

function toProblem(error: unknown, maxBodyBytes: number): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof RequestValidationError) return invalidRequest(faultsOf(error));
  return bodyProblem(error, maxBodyBytes) ?? pathProblem(error) ?? internal(error);
}

export function invalidRequest(errors: Fault[]): ProblemError {
  const detail = errors.length === 1 ? 'The request has a fault.' : `The request has ${errors.length} faults.`;
  return problem('invalid-request', detail, { errors });
}

function internal(cause: unknown): ProblemError {
  return problem('internal', 'The service met a fault of its own.', {}, { cause });
}

/** What the body parser of Express throws has a `type`. */
function bodyProblem(error: unknown, maxBodyBytes: number): ProblemError | undefined {
  switch (error instanceof Error && 'type' in error ? error.type : undefined) {
    case 'entity.too.large':
      return problem('payload-too-large', `The body has more than ${maxBodyBytes} bytes.`, { maxBodyBytes });
    case 'entity.parse.failed':
      return invalidRequest([{ pointer: '', detail: `is not JSON: ${(error as Error).message}` }]);
    case 'request.size.invalid':
    case 'request.aborted':
      return invalidRequest([{ pointer: '', detail: 'is not as long as it was said to be' }]);
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return problem('unsupported-media-type', `The body has an ${(error as Error).message}.`, {});
    default:
      return undefined;
  }
}

/** Express throws a URIError for bad percent-encoding in a path. */
function pathProblem(error: unknown): ProblemError | undefined {
  if (!(error instanceof URIError)) return undefined;
  return invalidRequest([{ pointer: '/path', detail: 'has bad percent-encoding' }]);
}
