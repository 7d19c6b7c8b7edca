// A problem as it stands on the wire: RFC 9457.

import { type ProblemCode, problemTable } from '../../contract/problem-table.ts';
import type { ProblemError } from '../problem.ts';

/**
 * The body of an answer that refuses.
 * @param instance the path that was asked for; empty where it is not known
 */
export function problemText(error: ProblemError, instance: string, requestId: string): string {
  const { status, title } = problemTable[error.code];
  return JSON.stringify({
    type: `/problems/${error.code}`,
    title,
    status,
    detail: error.message,
    instance,
    code: error.code,
    requestId,
    ...error.members,
  });
}

/** A problem of this code as it could be, for documents. */
export function exampleProblem(code: ProblemCode): object {
  const { status, title, meaning, example } = problemTable[code];
  const requestId = 'b2f1c9d0-6c0e-4f57-9a55-1f1f3f2f7a10';
  return {
    ...{ type: `/problems/${code}`, title, status, detail: meaning, instance: '/orders', code, requestId },
    ...example,
  };
}
