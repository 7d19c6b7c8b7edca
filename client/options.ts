// The options of a client and of single calls.

import type { OrderWorkflowError } from './errors.ts';

/** Returns the token for one request, or undefined for none. It is called before each attempt, to allow renewal. */
export type TokenSource = () => string | undefined | Promise<string | undefined>;

/** The options of a client. */
export interface ClientOptions extends Hooks {
  /** URL of the service, such as `http://127.0.0.1:8000`. In a page, it may be relative to the page. */
  baseUrl: string;
  /**
   * A JSON Web Token, sent as `Authorization: Bearer` (RFC 6750), or a function that returns one. Calls throw what the
   * function throws. A service without authentication needs no token. @default no token
   */
  token?: string | TokenSource | undefined;
  /** Additional headers of every request. They take precedence over the token. @default none */
  headers?: Record<string, string> | undefined;
  /**
   * Time limit of an attempt, including the whole response, in milliseconds. Streams have none. To limit a call with
   * all its attempts, use the `signal` of the call: `AbortSignal.timeout(60_000)`. @default 30,000
   */
  timeoutMs?: number | undefined;
  /** How many times a failed request is sent again; 0 to never retry. @default 4 */
  maxRetries?: number | undefined;
  /** The function that sends requests. @default the global `fetch` */
  fetch?: typeof fetch | undefined;
}

/** Functions that observe requests. What they throw is thrown by the call. */
export interface Hooks {
  /**
   * Called before each attempt, and each connection of a stream. It may change the headers, for example to add
   * `traceparent`.
   */
  onRequest?: ((request: RequestInfo) => void | Promise<void>) | undefined;
  /** Called after each response, also for errors. */
  onResponse?: ((response: ResponseInfo) => void | Promise<void>) | undefined;
  /** Called before the pause after a failed attempt that is repeated. */
  onRetry?: ((retry: RetryInfo) => void | Promise<void>) | undefined;
}

/** An attempt to send a request. */
export interface RequestInfo {
  /** The name of the operation, such as `orders.create`. */
  readonly operation: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  /** The number of the attempt, from 1. */
  readonly attempt: number;
}

/** The response to an attempt. */
export interface ResponseInfo extends RequestInfo {
  readonly status: number;
  readonly responseHeaders: Headers;
  /** Id of the request in the log of the service. */
  readonly requestId: string | undefined;
  /** Time from the request to the end of the response, of a stream to its headers, in milliseconds. */
  readonly durationMs: number;
}

/** A failed attempt that is repeated. */
export interface RetryInfo {
  /** The name of the operation, such as `orders.create`. */
  readonly operation: string;
  /** The number of the failed attempt, from 1. */
  readonly attempt: number;
  /** Why the attempt failed. */
  readonly error: OrderWorkflowError;
  /** The pause before the next attempt in milliseconds. */
  readonly delayMs: number;
}

/** The options of one call. They take precedence over those of the client. */
export interface RequestOptions {
  /** Aborts the call at once, also during a pause between attempts. The call then throws the reason of the signal. */
  signal?: AbortSignal | undefined;
  /** Additional headers. They take precedence over those of the client. @default none */
  headers?: Record<string, string> | undefined;
  /** Time limit of each attempt in milliseconds. @default that of the client: 30,000 */
  timeoutMs?: number | undefined;
  /** How many times a failed request is sent again; 0 to never retry. @default that of the client: 4 */
  maxRetries?: number | undefined;
}

/** The options of a POST. */
export interface IdempotentOptions extends RequestOptions {
  /**
   * Makes the request safe to repeat for 24 hours: the same input with the same key is executed once and returns the
   * first response. 1 to 255 visible ASCII characters, such as a UUID. Pass a stored key to repeat a call after a
   * restart of your process. @default a random key for each call, the same for all of its attempts
   */
  idempotencyKey?: string | undefined;
}

/** The options of a change of an order that is not idempotent. */
export interface ConditionalOptions extends RequestOptions {
  /**
   * The expected version of the order. If the order has another version, the operation changes nothing and throws a
   * `ProblemError` with code `version-mismatch`. A PUT is retried only with this option. @default any version
   */
  ifMatch?: number | undefined;
}

/** The options of a POST that changes an existing order. */
export interface CommandOptions extends IdempotentOptions, ConditionalOptions {}

/** The options of a read that returns undefined if the caller has the current version. */
export interface RevalidationOptions extends RequestOptions {
  /**
   * The version of the order that the caller has, or the `etag` of a response, with its quotes. If it is current, the
   * result is undefined (status 304).
   */
  ifNoneMatch: number | string;
}

/** The options of one stream. They take precedence over those of the client. */
export interface StreamOptions {
  /** Aborts the stream, which then throws the reason of the signal. */
  signal?: AbortSignal | undefined;
  /** Additional headers. They take precedence over those of the client. @default none */
  headers?: Record<string, string> | undefined;
  /**
   * Time without data after which the connection counts as lost, in milliseconds. It must exceed the heartbeat
   * interval of the service, which is 15,000. @default 45,000
   */
  silenceMs?: number | undefined;
  /** Called after each successful connection, including the first. */
  onOpen?: (() => void) | undefined;
  /** Called before each reconnection with the reason: an error, or the data of the `end` message of the service. */
  onLost?: ((reason: unknown) => void) | undefined;
}

/** The options of a wait. */
export interface WaitOptions extends Omit<RequestOptions, 'timeoutMs'> {
  /** Time limit of the whole wait in milliseconds. After it, a `WaitTimeoutError` is thrown. @default 300,000 */
  timeoutMs?: number | undefined;
}
