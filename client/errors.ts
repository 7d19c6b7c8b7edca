// What an operation of the SDK throws. Each kind is a class of its own, so that `instanceof` tells them apart.

import type { Problem, ProblemCode } from '../contract/problem.ts';

/** The service refused, and says why (RFC 9457). Narrow `problem` by its `code`. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`${problem.code}: ${problem.detail}`);
    this.problem = problem;
  }

  get code(): ProblemCode {
    return this.problem.code;
  }

  get status(): number {
    return this.problem.status;
  }

  /** After how long to try again, where the service has said so. */
  get retryAfterSeconds(): number | undefined {
    return 'retryAfterSeconds' in this.problem ? this.problem.retryAfterSeconds : undefined;
  }

  /** Stands in the log of the service too. */
  get requestId(): string {
    return this.problem.requestId;
  }
}

/** No answer came: the service is away, the connection broke, or the time was up. `cause` says which. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}

/** Something answered that is not this service, or not a problem where one was due. */
export class UnexpectedResponseError extends Error {
  override readonly name = 'UnexpectedResponseError';
  readonly status: number;
  /** The body as text. */
  readonly body: string;
  /** After how long to try again, where the answer has said so. */
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, body: string, retryAfterSeconds?: number) {
    super(`unexpected answer with status ${status}`);
    this.status = status;
    this.body = body;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
