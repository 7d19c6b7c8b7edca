// Assertions on error responses.

import { expect } from 'vitest';
import { type Problem, type ProblemCode, ProblemError } from '../../../client/index.ts';

/** Returns the problem with which an SDK call fails. The test fails if the call succeeds or fails otherwise. */
export async function catchProblem<Code extends ProblemCode>(
  code: Code,
  call: Promise<unknown>,
): Promise<Problem & { code: Code }> {
  const error = await call.then(
    (result) => new Error(`expected ${code}, got ${JSON.stringify(result)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ProblemError)) throw error;
  expect(error.problem).toMatchObject({ code });
  return error.problem as Problem & { code: Code };
}

/** Returns the field errors of an `invalid-request` response. The test fails for any other response. */
export async function readFieldErrors(response: Response): Promise<{ pointer: string; detail: string }[]> {
  expect(response.status).toBe(400);
  const { code, errors } = await response.json();
  expect(code).toBe('invalid-request');
  return errors;
}
