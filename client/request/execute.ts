// Executes a call: sends its request, and sends it again after temporary failures.

import type { ApiResponse } from '../call.ts';
import type { ClientEnvironment } from '../environment.ts';
import { ConnectionError, isProblem, OrderWorkflowError } from '../errors.ts';
import { LinkedController } from '../linked-controller.ts';
import type { ClientOptions, CommandOptions, RequestInfo } from '../options.ts';
import { buildRequest, type FlatInput } from './build-request.ts';
import { addToken, createHeaders, toConditionHeaders } from './headers.ts';
import { parseResponse, type ReadResponse, toResponseInfo } from './response.ts';
import { findRetryDelayMs, isRepeatable } from './retry-policy.ts';
import type { ApiRoute } from './route.ts';

/** The options and the environment that all operations of a client share. */
export type ClientContext = { options: ClientOptions; environment: ClientEnvironment };

/** A route with its name in the SDK, such as `orders.create`. */
export type ApiOperation = { name: string; route: ApiRoute };

/** A request that can be sent several times. */
type Request = {
  operation: ApiOperation;
  url: string;
  headers: Headers;
  body: string | undefined;
  timeoutMs: number;
  maxRetries: number;
  signal: AbortSignal | undefined;
};

/**
 * Sends the request of an operation until it succeeds, fails permanently, or the attempts are used up.
 * @throws {ProblemError | ConnectionError | UnexpectedResponseError} of the last attempt
 * @throws {TypeError} if the input or the options are invalid
 * @throws the reason of the signal, after an abort
 */
export async function execute(
  context: ClientContext,
  operation: ApiOperation,
  input: FlatInput,
  options: CommandOptions,
): Promise<ApiResponse<unknown>> {
  const request = createRequest(context, operation, input, options);
  let wasLost = false;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await sendAttempt(context, request, attempt);
    } catch (error) {
      if (wasLost && operation.route.method === 'DELETE' && isProblem(error, 'not-found')) return toDeleted(error);
      await pauseOrThrow(context, request, error);
      wasLost ||= error instanceof ConnectionError;
    }
  }
}

/** Waits until the next attempt. @throws the error, if the request may not be repeated */
async function pauseOrThrow({ options, environment }: ClientContext, request: Request, error: unknown): Promise<void> {
  const { operation, maxRetries, signal } = request;
  if (!(error instanceof OrderWorkflowError) || !(error.attempts <= maxRetries)) throw error;
  if (!isRepeatable(operation.route.method, request.headers)) throw error;
  const delayMs = findRetryDelayMs(error, environment);
  if (delayMs === undefined) throw error;
  await options.onRetry?.({ operation: operation.name, attempt: error.attempts, error, delayMs });
  await environment.sleep(delayMs, signal);
}

function createRequest(
  { options: clientOptions, environment }: ClientContext,
  operation: ApiOperation,
  input: FlatInput,
  options: CommandOptions,
): Request {
  const { route } = operation;
  const { path, body } = buildRequest(route, input);
  const key = route.method === 'POST' ? { 'idempotency-key': environment.createKey() } : {};
  const headers = createHeaders({
    isStream: false,
    hasBody: body !== undefined,
    clientHeaders: clientOptions.headers,
    ownHeaders: [key, toConditionHeaders(options), options.headers],
  });
  const { signal, timeoutMs = clientOptions.timeoutMs, maxRetries = clientOptions.maxRetries } = options;
  const limits = { timeoutMs: timeoutMs ?? 30_000, maxRetries: maxRetries ?? 4 };
  return { operation, url: toUrl(clientOptions, path), headers, body, signal, ...limits };
}

/** @throws {TypeError} if the base URL is invalid, or relative outside of a page */
export function toUrl({ baseUrl }: ClientOptions, path: string): string {
  const url = baseUrl.replace(/\/+$/, '') + path;
  const { location } = globalThis as { location?: { href?: string } };
  try {
    new URL(url, location?.href);
  } catch (cause) {
    throw new TypeError(`baseUrl is not an absolute URL: '${baseUrl}'`, { cause });
  }
  return url;
}

async function sendAttempt(
  { options, environment }: ClientContext,
  request: Request,
  attempt: number,
): Promise<ApiResponse<unknown>> {
  request.signal?.throwIfAborted();
  const headers = await addToken(new Headers(request.headers), options);
  const { operation, url } = request;
  const info: RequestInfo = { operation: operation.name, method: operation.route.method, url, headers, attempt };
  await options.onRequest?.(info);
  const startMs = environment.now();
  const response = await sendRequest(options.fetch ?? globalThis.fetch, request, info);
  const nowMs = environment.now();
  await options.onResponse?.(toResponseInfo(info, response, nowMs - startMs));
  return parseResponse(operation.route, response, { attempt, nowMs });
}

/** Sends a request and reads the whole response. */
async function sendRequest(
  send: typeof fetch,
  { body, timeoutMs, signal }: Request,
  { method, url, headers, attempt }: RequestInfo,
): Promise<ReadResponse> {
  const controller = new LinkedController(signal);
  const timeout = new DOMException(`no response within ${timeoutMs} ms`, 'TimeoutError');
  const timer = setTimeout(() => controller.abort(timeout), timeoutMs);
  try {
    const init = { method, headers, signal: controller.signal, ...(body === undefined ? {} : { body }) };
    const response = await send(url, init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    const limit = controller.signal.reason === timeout ? ` within ${timeoutMs} ms` : '';
    const attempts = attempt > 1 ? ` after ${attempt} attempts` : '';
    throw new ConnectionError(`no response from ${method} ${url}${limit}${attempts}`, { attempts: attempt, cause });
  } finally {
    clearTimeout(timer);
    controller.unlink();
  }
}

/** An earlier attempt has deleted the resource; its response was lost. */
function toDeleted({ headers = new Headers(), requestId, attempts }: OrderWorkflowError): ApiResponse<undefined> {
  return { data: undefined, status: 204, headers, etag: undefined, requestId, isReplayed: false, attempts };
}
