// The one place where what goes wrong with a request becomes its response: RFC 9457, whatever it is.

import { RequestValidationError } from '@ts-rest/express';
import { problemTable } from '../../../contract/problem-table.ts';
import { classifyFailure } from '../../database/errors.ts';
import { createProblem, invalidRequest, RequestProblem, unavailable } from '../../domain/problem.ts';
import { type ServiceRequest, type ServiceResponse, setHeaders } from '../request/request.ts';
import { prepareEarlyResponse } from '../server/lingering-close.ts';
import { toFieldErrors } from './field-errors.ts';
import { renderProblem } from './render-problem.ts';

/** Answers a request with a problem. */
function writeProblem(request: ServiceRequest, response: ServiceResponse, error: RequestProblem): void {
  const { status, headers, body } = renderProblem(error, request.pathname, request.id);
  prepareEarlyResponse(request, response);
  response.statusCode = status;
  setHeaders(response, headers);
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}

/** Turns whatever went wrong with a request into a problem. The log has the cause of a 5xx. */
export function sendProblem(request: ServiceRequest, response: ServiceResponse, error: unknown): void {
  const refusal = toProblem(error);
  // The line that the log has for every request takes the cause from here.
  if (problemTable[refusal.code].status >= 500) {
    response.failure = refusal.cause instanceof Error ? refusal.cause : refusal;
  }
  if (response.headersSent) response.destroy();
  else writeProblem(request, response, refusal);
}

function toProblem(error: unknown): RequestProblem {
  if (error instanceof RequestProblem) return error;
  if (error instanceof RequestValidationError) return invalidRequest(toFieldErrors(error));
  return pathProblem(error) ?? headerProblem(error) ?? unforeseen(error);
}

/** What serves files throws 412 and 416 for conditions and ranges that a file does not meet. */
function headerProblem(error: unknown): RequestProblem | undefined {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  if (status !== 412 && status !== 416) return undefined;
  return invalidRequest([{ pointer: '/header', detail: 'has a condition or range that the file does not meet' }]);
}

/** A database that cannot be read either is a matter of time; what else nobody has foreseen is a fault. */
function unforeseen(cause: unknown): RequestProblem {
  if (classifyFailure(cause) !== 'rejected') return unavailable('The database cannot be reached right now.', { cause });
  return createProblem('internal', 'The service met a fault of its own.', {}, { cause });
}

/** Bad percent-encoding in a path is a URIError, be it that of an endpoint or, thrown by Express, of a page. */
function pathProblem(error: unknown): RequestProblem | undefined {
  if (!(error instanceof URIError)) return undefined;
  return invalidRequest([{ pointer: '/path', detail: 'has bad percent-encoding' }]);
}
