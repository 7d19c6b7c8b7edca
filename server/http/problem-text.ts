// A problem as it stands on the wire: RFC 9457.

import { problemTable } from '../../contract/problem-table.ts';
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
