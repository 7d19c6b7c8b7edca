// Problem responses (RFC 9457).

import { type ProblemCode, problemTable } from '../../../contract/problems/problem-table.ts';
import type { RequestProblem } from '../../domain/problem.ts';
import type { RenderedResponse } from '../request/request.ts';

/**
 * Returns the status, the headers and the body of a problem response.
 * @param request `basePath`: the path of the service, empty if it is the root; `pathname`: the path of the request
 *   below the base path, undefined if it is unknown; `id`: the request id
 */
export function renderProblem(
  error: RequestProblem,
  { basePath, pathname, id }: { basePath: string; pathname: string | undefined; id: string },
): RenderedResponse {
  const instance = pathname === undefined ? '' : basePath + pathname;
  const { code, message: detail, members } = error;
  const { allow, retryAfterSeconds } = members;
  return {
    status: problemTable[code].status,
    headers: {
      'Content-Type': 'application/problem+json',
      ...(Array.isArray(allow) && { Allow: allow.join(', ') }),
      ...(retryAfterSeconds !== undefined && { 'Retry-After': String(retryAfterSeconds) }),
    },
    body: JSON.stringify(buildProblem(code, detail, { basePath, instance, id }, members)),
  };
}

/** Returns an example of a problem with this code, for the OpenAPI document. */
export function createExampleProblem(code: ProblemCode): object {
  const { title, example } = problemTable[code];
  const request = { basePath: '', instance: '/orders', id: 'b2f1c9d0-6c0e-4f57-9a55-1f1f3f2f7a10' };
  return buildProblem(code, `${title}.`, request, example);
}

type ProblemRequest = { basePath: string; instance: string; id: string };

function buildProblem(code: ProblemCode, detail: string, request: ProblemRequest, members: object): object {
  const { status, title } = problemTable[code];
  const { basePath, instance, id: requestId } = request;
  return { type: `${basePath}/problems/${code}`, title, status, detail, instance, code, requestId, ...members };
}
