// The errors that SDK operations throw. Each kind has its own class, so that `instanceof` distinguishes them.

import type { Problem, ProblemCode } from '../contract/problems/problem.ts';

/** The service rejected the request and returned a problem (RFC 9457). Narrow `problem` by its `code`. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  /** The body of the response. */
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`${problem.code}: ${problem.detail}`);
    this.problem = problem;
  }

  /** The stable code of the problem, such as `not-found`. */
  get code(): ProblemCode {
    return this.problem.code;
  }

  /** The HTTP status of the response. */
  get status(): number {
    return this.problem.status;
  }

  /** Seconds to wait before the next attempt, or undefined if the service did not state a time. */
  get retryAfterSeconds(): number | undefined {
    return 'retryAfterSeconds' in this.problem ? this.problem.retryAfterSeconds : undefined;
  }

  /** The id of the request, which the log of the service contains too. */
  get requestId(): string {
    return this.problem.requestId;
  }
}

/** No response: the service is unreachable, the connection broke, or the time limit expired. See `cause`. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}

/** The response is not one of this service, or an error response has no problem document. */
export class UnexpectedResponseError extends Error {
  override readonly name = 'UnexpectedResponseError';
  /** The HTTP status of the response. */
  readonly status: number;
  /** The body of the response as text. For an unreadable message of a stream: its data. */
  readonly body: string;
  /** Seconds to wait before the next attempt, or undefined if the response did not state a time. */
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, body: string, retryAfterSeconds?: number) {
    super(`unexpected response with status ${status}`);
    this.status = status;
    this.body = body;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
