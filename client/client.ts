// Creates the SDK from the contract. New endpoints of the contract become available without changes here.

import { type AppRoute, type AppRouter, isAppRoute, isAppRouteOtherResponse } from '@ts-rest/core';
import { type Contract, contract } from '../contract/index.ts';
import { eventStreamType } from '../contract/schemas/stream.ts';
import type { Operations, RequestOptions } from './operation.ts';
import { buildRequest, requestStream, send } from './request.ts';
import { readStream, type StreamOptions } from './stream.ts';

/** Returns the token for one request, or undefined for none. It is called before each request, to allow renewal. */
export type TokenSource = () => string | undefined | Promise<string | undefined>;

/** The options of a client. */
export type ClientOptions = {
  /** URL of the service, such as `http://127.0.0.1:8000`. The empty string in a page that the service itself serves. */
  baseUrl: string;
  /**
   * A JSON Web Token, sent as `Authorization: Bearer` (RFC 6750), or a function that returns one. Operations throw what
   * the function throws. A service without authentication needs no token. @default no token
   */
  token?: string | TokenSource;
  /** Additional headers of every request. They take precedence over the token. @default none */
  headers?: Record<string, string>;
  /** Time limit of a request, including the whole response, in milliseconds. Streams have none. @default 30,000 */
  timeoutMs?: number;
  /** The function that sends requests. @default the global `fetch` */
  fetch?: typeof fetch;
};

/** All endpoints of the service as functions, grouped by resource: `client.orders.create({…})`. */
export type Client = Operations<Contract>;

/** Creates a client of the service. A client holds no connection and needs no closing. */
export function createClient(options: ClientOptions): Client {
  return createOperations(contract, options) as Client;
}

function createOperations(router: AppRouter, options: ClientOptions): Record<string, unknown> {
  const entries = Object.entries(router).map(([name, entry]) => [
    name,
    isAppRoute(entry) ? createFunction(entry, options) : createOperations(entry, options),
  ]);
  return Object.fromEntries(entries);
}

function createFunction(route: AppRoute, options: ClientOptions) {
  const success = route.responses[200];
  const isStream = success !== undefined && isAppRouteOtherResponse(success) && success.contentType === eventStreamType;
  return isStream ? createStream(route, options) : createOperation(route, options);
}

function createOperation(route: AppRoute, clientOptions: ClientOptions) {
  return async (input: Record<string, unknown> = {}, options: RequestOptions = {}) => {
    const { path, body } = buildRequest(route, input);
    const token = await getToken(clientOptions);
    const timeout = AbortSignal.timeout(options.timeoutMs ?? clientOptions.timeoutMs ?? 30_000);
    const init = {
      method: route.method,
      headers: mergeHeaders(
        { accept: jsonTypes, hasBody: body !== undefined, token },
        clientOptions.headers,
        toConditionHeaders(options),
        options.headers,
      ),
      signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
      ...(body === undefined ? {} : { body }),
    };
    return send(clientOptions.fetch ?? globalThis.fetch, toUrl(clientOptions, path), init, options.signal);
  };
}

function createStream(route: AppRoute, clientOptions: ClientOptions) {
  return (input: Record<string, unknown> = {}, options: StreamOptions = {}) => {
    const url = toUrl(clientOptions, buildRequest(route, input).path);
    return readStream({
      ...options,
      connect: async (lastEventId, signal) => {
        const token = await getToken(clientOptions);
        const resumption = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
        const standard = { accept: streamTypes, hasBody: false, token };
        const headers = mergeHeaders(standard, resumption, clientOptions.headers, options.headers);
        return requestStream(clientOptions.fetch ?? globalThis.fetch, url, { method: route.method, headers, signal });
      },
    });
  };
}

function toUrl({ baseUrl }: ClientOptions, path: string): string {
  return baseUrl.replace(/\/$/, '') + path;
}

function toConditionHeaders({ ifMatch, idempotencyKey }: RequestOptions): Record<string, string> {
  return {
    ...(ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
  };
}

async function getToken({ token }: ClientOptions): Promise<string | undefined> {
  return typeof token === 'function' ? token() : token;
}

/** Determines the headers that the SDK itself sets on every request. */
type StandardHeaders = { accept: string; hasBody: boolean; token: string | undefined };
type OptionalHeaders = Record<string, string> | undefined;

const jsonTypes = 'application/json, application/problem+json';
const streamTypes = `${eventStreamType}, application/problem+json`;

/** Later headers take precedence over earlier ones. Names are compared case-insensitively. */
function mergeHeaders({ accept, hasBody, token }: StandardHeaders, ...others: OptionalHeaders[]): Headers {
  const headers = new Headers({ accept });
  if (hasBody) headers.set('content-type', 'application/json');
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  for (const [name, value] of others.flatMap((some) => Object.entries(some ?? {}))) headers.set(name, value);
  return headers;
}
