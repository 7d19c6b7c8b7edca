// The errors that SDK operations throw. Each kind has its own class, so that `instanceof` distinguishes them.

import type { Problem, ProblemCode, Validation } from './generated/types.ts';

/** The details of a failed request, without its response body. */
export type FailureContext = {
  headers?: Headers | undefined;
  /** The number of attempts. @default 1 */
  attempts?: number | undefined;
  /** Seconds to wait before the next attempt. */
  retryAfterSeconds?: number | undefined;
};

/** Statuses of temporary failures. 502 and 504 are sent by gateways that got no response from the service. */
const retryableStatuses: readonly number[] = [408, 429, 502, 503, 504];

/** The base class of all errors of the SDK. */
export abstract class OrderWorkflowError extends Error {
  /** The HTTP status of the response, or undefined without a response. */
  readonly status: number | undefined;
  /** The headers of the response, or undefined without a response. */
  readonly headers: Headers | undefined;
  /** The number of attempts, including the first. */
  readonly attempts: number;
  /** Seconds to wait before the next attempt, or undefined if the response did not state a time. */
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, status: number | undefined, context: FailureContext, options?: { cause?: unknown }) {
    super(message, options);
    this.status = status;
    this.headers = context.headers;
    this.attempts = context.attempts ?? 1;
    this.retryAfterSeconds = context.retryAfterSeconds;
  }

  /** The id of the request, which the log of the service contains too; undefined without a response of the service. */
  get requestId(): string | undefined {
    return this.headers?.get('x-request-id') ?? undefined;
  }

  /** Whether the failure is temporary, so that the same call may succeed later. */
  get isRetryable(): boolean {
    return this.status === undefined || retryableStatuses.includes(this.status);
  }
}

/** The service rejected the request and returned a problem (RFC 9457). {@link isProblem} checks its code. */
export class ProblemError extends OrderWorkflowError {
  override readonly name = 'ProblemError';
  /** The HTTP status of the response. */
  declare readonly status: number;
  /** The body of the response. */
  readonly problem: Problem;

  constructor(problem: Problem, context: FailureContext = {}) {
    super(describeProblem(problem), problem.status, {
      ...context,
      retryAfterSeconds:
        context.retryAfterSeconds ?? ('retryAfterSeconds' in problem ? problem.retryAfterSeconds : undefined),
    });
    this.problem = problem;
  }

  /** The stable code of the problem, such as `not-found`. */
  get code(): ProblemCode {
    return this.problem.code;
  }

  /** The id of the request, which the log of the service contains too. */
  override get requestId(): string {
    return this.problem.requestId;
  }
}

/** Lists the violated constraints, so that a log shows what was wrong. */
function describeProblem(problem: Problem): string {
  const { code, detail } = problem;
  const fields =
    'errors' in problem ? problem.errors.map((error) => `${error.pointer || 'body'}: ${error.detail}`) : [];
  return [`${code}: ${detail}`, ...fields].join('\n  ');
}

/** A problem with this code, and the error that has it. */
export type ProblemOf<Code extends Problem['code']> = Extract<Problem, { code: Code }>;
type ProblemErrorOf<Code extends Problem['code']> = ProblemError & { code: Code; problem: ProblemOf<Code> };

/**
 * Whether an error is a problem, or a problem with this code. It narrows the error to the members of that problem:
 * `if (isProblem(error, 'conflict')) console.log(error.problem.orderId)`.
 */
export function isProblem(error: unknown): error is ProblemError;
export function isProblem<Code extends Problem['code']>(error: unknown, code: Code): error is ProblemErrorOf<Code>;
export function isProblem(error: unknown, code?: string): boolean {
  // Compares the name: a process can load the SDK twice, as ESM and as CommonJS.
  if (!(error instanceof Error) || error.name !== 'ProblemError' || !('code' in error)) return false;
  return code === undefined || error.code === code;
}

/** No response: the service is unreachable, the connection broke, or the time limit expired. See `cause`. */
export class ConnectionError extends OrderWorkflowError {
  override readonly name = 'ConnectionError';

  constructor(message: string, { attempts, cause }: { attempts?: number; cause?: unknown } = {}) {
    super(message, undefined, { attempts }, { cause });
  }
}

/** The response is not one of this service, or an error response has no problem document. */
export class UnexpectedResponseError extends OrderWorkflowError {
  override readonly name = 'UnexpectedResponseError';
  /** The HTTP status of the response. */
  declare readonly status: number;
  /** The body of the response as text. For an unreadable message of a stream: its data. */
  readonly body: string;

  constructor(status: number, body: string, context: FailureContext = {}) {
    super(`unexpected response with status ${status}`, status, context);
    this.body = body;
  }
}

/** A validation did not end within the time limit of the wait. It continues in the service. */
export class WaitTimeoutError extends OrderWorkflowError {
  override readonly name = 'WaitTimeoutError';
  /** The validation as it was read last. Undefined if the time limit expired before the first response. */
  readonly validation: Validation | undefined;

  /** The time limit in milliseconds. */
  readonly timeoutMs: number;

  constructor(timeoutMs: number, validation: Validation | undefined) {
    super(`the validation did not end within ${timeoutMs} ms`, undefined, {});
    this.timeoutMs = timeoutMs;
    this.validation = validation;
  }
}
