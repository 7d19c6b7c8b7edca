// A refusal as the code of the domain throws it: a problem code and what belongs to it, nothing of HTTP.

import type { FieldError, ProblemCode, ProblemMembers } from '../../contract/problem-table.ts';

/** Made by `problem`, which knows the members of each code. */
export class RequestProblem extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;
  /** The members that come with this code besides those of every problem. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(code: ProblemCode, detail: string, members: Record<string, unknown>, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
    this.members = members;
  }
}

/** A refusal with this code; `detail` says for a person what happened, and nothing of the inside. */
export function createProblem<Code extends ProblemCode>(
  code: Code,
  detail: string,
  members: ProblemMembers<Code>,
  options?: ErrorOptions,
): RequestProblem {
  return new RequestProblem(code, detail, members, options);
}

/** How long a caller is asked to wait after a 503, in seconds. */
const retryAfterSeconds = 1;

export function unavailable(detail: string, options?: ErrorOptions): RequestProblem {
  return createProblem('unavailable', detail, { retryAfterSeconds }, options);
}

/** An order has room for some hundreds of faults. To name those of a request that is made of them would take long. */
export const maxFieldErrors = 1_000;

/** A request that breaks the contract: every fault, with its pointer. Of thousands, the first thousand are named. */
export function invalidRequest(faults: FieldError[]): RequestProblem {
  const errors = faults.slice(0, maxFieldErrors);
  const detail = faults.length === 1 ? 'The request has a fault.' : `The request has ${faults.length} faults.`;
  return createProblem('invalid-request', detail, { errors });
}

export function notFound(detail: string): RequestProblem {
  return createProblem('not-found', detail, {});
}

/** Whether the service could not do something, and may the next time. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof RequestProblem && error.code === 'unavailable';
}
