// Converts the flat input of an operation to a request, and the response to its body or an error.

import { type AppRoute, insertParamsIntoPath } from '@ts-rest/core';
import { z } from 'zod';
import type { Problem } from '../contract/problems/problem.ts';
import { eventStreamType } from '../contract/schemas/stream.ts';
import { ConnectionError, ProblemError, UnexpectedResponseError } from './errors.ts';

type FlatInput = Record<string, unknown>;

/**
 * Builds the path with query, and the JSON body. Path parameters are selected by name; all other fields become the
 * query of a GET, and otherwise the body.
 * @throws {TypeError} if a path parameter is missing
 */
export function buildRequest(route: AppRoute, input: FlatInput): { path: string; body: string | undefined } {
  const pathNames = new Set([...route.path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? ''));
  const entries = Object.entries(input).filter(([, value]) => value !== undefined);
  for (const name of pathNames) if (input[name] === undefined) throw new TypeError(`${name} is missing`);
  const params = Object.fromEntries(
    entries.filter(([key]) => pathNames.has(key)).map(([key, value]) => [key, encodeURIComponent(String(value))]),
  );
  const path = insertParamsIntoPath({ path: route.path, params });
  const others = entries.filter(([key]) => !pathNames.has(key));
  if (route.method === 'GET') {
    const query = new URLSearchParams(others.map(([key, value]) => [key, String(value)])).toString();
    return { path: query === '' ? path : `${path}?${query}`, body: undefined };
  }
  const hasBody = others.length > 0 || requiresBody(route);
  return { path, body: hasBody ? JSON.stringify(Object.fromEntries(others)) : undefined };
}

function requiresBody(route: AppRoute): boolean {
  return 'body' in route && !(route.body instanceof z.ZodOptional);
}

/**
 * Sends a request, reads the whole response and returns its parsed body.
 * @throws {ProblemError | ConnectionError | UnexpectedResponseError}
 * @throws the reason of `callerSignal`, after an abort by the caller
 */
export async function send(
  fetchFunction: typeof fetch,
  url: string,
  init: RequestInit,
  callerSignal: AbortSignal | undefined,
): Promise<unknown> {
  let response: Response;
  let text: string;
  try {
    response = await fetchFunction(url, init);
    text = await response.text();
  } catch (cause) {
    if (callerSignal?.aborted) throw callerSignal.reason;
    throw new ConnectionError(`no response from ${init.method} ${url}`, { cause });
  }
  return parseBody(response, text);
}

/**
 * Sends the request of a stream and returns its body as soon as the headers are received.
 * @throws {ProblemError | ConnectionError | UnexpectedResponseError}
 */
export async function requestStream(
  fetchFunction: typeof fetch,
  url: string,
  init: RequestInit,
): Promise<ReadableStream<Uint8Array>> {
  let response: Response;
  let text: string;
  try {
    response = await fetchFunction(url, init);
    const isStream = response.ok && response.headers.get('content-type')?.startsWith(eventStreamType);
    if (isStream && response.body) return response.body;
    text = await response.text();
  } catch (cause) {
    throw new ConnectionError(`no response from ${init.method} ${url}`, { cause });
  }
  throw response.ok ? toUnexpectedResponseError(response, text) : toError(response, text);
}

function parseBody(response: Response, text: string): unknown {
  if (!response.ok) throw toError(response, text);
  if (response.status === 204) return undefined;
  if (!isJson(response)) throw toUnexpectedResponseError(response, text);
  return parseJson(response, text);
}

function toError(response: Response, text: string): ProblemError | UnexpectedResponseError {
  const body = isJson(response) ? parseJson(response, text) : undefined;
  return isProblem(body) ? new ProblemError(body) : toUnexpectedResponseError(response, text);
}

function isJson({ headers }: Response): boolean {
  return /^application\/(problem\+)?json\b/i.test(headers.get('content-type') ?? '');
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body && 'requestId' in body;
}

function parseJson(response: Response, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw toUnexpectedResponseError(response, text);
  }
}

/** Responses of intermediaries may have Retry-After too, in seconds (RFC 9110, section 10.2.3). */
function toUnexpectedResponseError({ status, headers }: Response, text: string): UnexpectedResponseError {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return new UnexpectedResponseError(status, text, Number.isFinite(seconds) ? seconds : undefined);
}
