// The error that rejects a request: a problem code with its members. HTTP statuses are added by the HTTP layer.

import type { FieldError, ProblemCode, ProblemMembers } from '../../contract/problems/problem-table.ts';
import type { Scope } from '../../contract/scopes.ts';

/** Create it with `createProblem`, which checks the members of each code. */
export class RequestProblem extends Error {
  override readonly name = 'RequestProblem';
  readonly code: ProblemCode;
  /** The members that this code adds to the common members of a problem. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(code: ProblemCode, detail: string, members: Record<string, unknown>, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
    this.members = members;
  }
}

/**
 * Creates the error for a problem code.
 * @param detail a sentence for the caller; must not reveal internals
 */
export function createProblem<Code extends ProblemCode>(
  code: Code,
  detail: string,
  members: ProblemMembers<Code>,
  options?: ErrorOptions,
): RequestProblem {
  return new RequestProblem(code, detail, members, options);
}

/** The `Retry-After` of a 503, in seconds. */
const retryAfterSeconds = 1;

/** Creates an `unavailable` problem: the request can be retried. */
export function createUnavailableProblem(detail: string, options?: ErrorOptions): RequestProblem {
  return createProblem('unavailable', detail, { retryAfterSeconds }, options);
}

/** The most field errors in one problem: more would take long to serialize. */
export const maxFieldErrors = 1_000;

/** Creates an `invalid-request` problem. Lists at most `maxFieldErrors` errors. */
export function createInvalidRequestProblem(fieldErrors: FieldError[]): RequestProblem {
  const errors = fieldErrors.slice(0, maxFieldErrors);
  const count = fieldErrors.length;
  const detail = count === 1 ? 'The request has 1 error.' : `The request has ${count} errors.`;
  return createProblem('invalid-request', detail, { errors });
}

/**
 * Creates the `forbidden` problem of a token without one or several scopes.
 * @param subject what requires the scope, as in `This endpoint`
 * @param others further scopes that are missing, too
 */
export function createMissingScopeProblem(
  scope: Scope,
  subject: string,
  others: readonly Scope[] = [],
): RequestProblem {
  const names = [scope, ...others].map((name) => `'${name}'`).join(' and ');
  const noun = others.length === 0 ? 'scope' : 'scopes';
  return createProblem('forbidden', `${subject} requires a token with the ${noun} ${names}.`, { scope });
}

/** Creates a `not-found` problem. */
export function createNotFoundProblem(detail: string): RequestProblem {
  return createProblem('not-found', detail, {});
}

/** Whether an error is an `unavailable` problem, so that a retry may succeed. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof RequestProblem && error.code === 'unavailable';
}
