// Catches the problem that a call is refused with.

import { expect } from 'vitest';
import { type Problem, type ProblemCode, ProblemError } from '../../client/index.ts';

/** The problem that the call is refused with; fails where it is not refused, or with another code. */
export async function catchProblem<Code extends ProblemCode>(
  code: Code,
  call: Promise<unknown>,
): Promise<Problem & { code: Code }> {
  const error = await call.then(
    (answer) => new Error(`expected ${code}, got ${JSON.stringify(answer)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ProblemError)) throw error;
  expect(error.problem).toMatchObject({ code });
  return error.problem as Problem & { code: Code };
}
