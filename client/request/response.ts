// Converts a response to its body, or to an error.

import { eventStreamType } from '../../contract/media-types.ts';
import type { ApiResponse } from '../call.ts';
import { type FailureContext, type OrderWorkflowError, ProblemError, UnexpectedResponseError } from '../errors.ts';
import type { Problem } from '../generated/types.ts';
import type { RequestInfo, ResponseInfo } from '../options.ts';
import type { ApiRoute } from './route.ts';

/** A response that was read to its end. */
export type ReadResponse = { status: number; headers: Headers; text: string };

/** The attempt that got a response, and the time when it was received. */
export type Attempt = { attempt: number; nowMs: number };

/**
 * Returns the body and what the headers say.
 * @throws {ProblemError | UnexpectedResponseError}
 */
export function parseResponse(route: ApiRoute, response: ReadResponse, attempt: Attempt): ApiResponse<unknown> {
  const { status, headers } = response;
  const isEmpty = status === 204 || status === 304;
  const data = isEmpty ? undefined : parseJson(response);
  const isResult = (status >= 200 && status < 300) || (route.values?.includes(status) && !isProblemDocument(data));
  if (!isResult) throw toError(response, attempt);
  if (data === undefined && !isEmpty) throw toUnexpected(response, attempt);
  return {
    data,
    status,
    headers,
    etag: headers.get('etag') ?? undefined,
    requestId: headers.get('x-request-id') ?? undefined,
    isReplayed: headers.get('idempotent-replayed') === 'true',
    attempts: attempt.attempt,
  };
}

/** Describes a response for hooks. */
export function toResponseInfo(
  request: RequestInfo,
  { status, headers }: ReadResponse,
  durationMs: number,
): ResponseInfo {
  const requestId = headers.get('x-request-id') ?? undefined;
  return { ...request, status, responseHeaders: headers, requestId, durationMs };
}

/** Whether the body of a response is a stream of server-sent events. */
export function isEventStream({ ok, headers }: Response): boolean {
  return ok && headers.get('content-type')?.startsWith(eventStreamType) === true;
}

/** Returns the error of a response that is not the expected one. */
export function toError(response: ReadResponse, attempt: Attempt): OrderWorkflowError {
  const body = response.status >= 400 ? parseJson(response) : undefined;
  return isProblemDocument(body)
    ? new ProblemError(body, toContext(response, attempt))
    : toUnexpected(response, attempt);
}

function toUnexpected(response: ReadResponse, attempt: Attempt): UnexpectedResponseError {
  return new UnexpectedResponseError(response.status, response.text, toContext(response, attempt));
}

function toContext({ headers }: ReadResponse, { attempt, nowMs }: Attempt): FailureContext {
  return { headers, attempts: attempt, retryAfterSeconds: parseRetryAfter(headers.get('retry-after'), nowMs) };
}

/** Returns the seconds of a Retry-After header: a number or an HTTP date (RFC 9110, section 10.2.3). */
function parseRetryAfter(text: string | null, nowMs: number): number | undefined {
  if (text === null || text.trim() === '') return undefined;
  const seconds = /^\s*\d+\s*$/.test(text) ? Number(text) : (Date.parse(text) - nowMs) / 1_000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

/** Returns the value of a JSON body, or undefined if the body is not JSON. */
function parseJson({ headers, text }: ReadResponse): unknown {
  if (!/^application\/(problem\+)?json\b/i.test(headers.get('content-type') ?? '')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isProblemDocument(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body && 'requestId' in body;
}
