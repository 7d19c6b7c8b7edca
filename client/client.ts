// Makes the SDK out of the contract: an endpoint that is added there appears here by itself.

import { type AppRoute, type AppRouter, isAppRoute, isAppRouteOtherResponse } from '@ts-rest/core';
import { type Contract, contract } from '../contract/index.ts';
import { eventStreamType } from '../contract/stream.ts';
import type { Operations, RequestOptions } from './operation.ts';
import { buildRequest, openStream, send } from './request.ts';
import { readStream, type StreamOptions } from './stream.ts';

/** A token for each request, asked for anew each time, so that it can be renewed in time; undefined for none. */
export type TokenSource = () => string | undefined | Promise<string | undefined>;

export type ClientOptions = {
  /** Where the service is: `http://127.0.0.1:8000`. In its own page: the empty text. */
  baseUrl: string;
  /**
   * Who asks: a JSON Web Token, sent as `Authorization: Bearer` (RFC 6750), or a function that answers one. What the
   * function throws, the operation throws. A service without authentication needs none.
   */
  token?: string | TokenSource;
  /** Headers of every request. They win over the token. */
  headers?: Record<string, string>;
  /** How long an answer may take, in milliseconds. @default 30,000 */
  timeoutMs?: number;
  /** What sends the requests. @default the global `fetch` */
  fetch?: typeof fetch;
};

/** The service as an object: `client.orders.create({…})`. */
export type Client = Operations<Contract>;

/** Makes a client of the service. It holds no connection and needs no closing. */
export function createClient(options: ClientOptions): Client {
  return operationsOf(contract, options) as Client;
}

function operationsOf(router: AppRouter, options: ClientOptions): Record<string, unknown> {
  const entries = Object.entries(router).map(([name, entry]) => [
    name,
    isAppRoute(entry) ? functionOf(entry, options) : operationsOf(entry, options),
  ]);
  return Object.fromEntries(entries);
}

function functionOf(route: AppRoute, options: ClientOptions) {
  const success = route.responses[200];
  const isStream = success !== undefined && isAppRouteOtherResponse(success) && success.contentType === eventStreamType;
  return isStream ? streamOf(route, options) : operationOf(route, options);
}

function operationOf(route: AppRoute, clientOptions: ClientOptions) {
  return async (input: Record<string, unknown> = {}, options: RequestOptions = {}) => {
    const { path, body } = buildRequest(route, input);
    const token = await tokenOf(clientOptions);
    const timeout = AbortSignal.timeout(options.timeoutMs ?? clientOptions.timeoutMs ?? 30_000);
    const init = {
      method: route.method,
      headers: headersOf(
        { accept: jsonTypes, hasBody: body !== undefined, token },
        clientOptions.headers,
        conditionsOf(options),
        options.headers,
      ),
      signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
      ...(body === undefined ? {} : { body }),
    };
    return send(clientOptions.fetch ?? globalThis.fetch, urlOf(clientOptions, path), init, options.signal);
  };
}

function streamOf(route: AppRoute, clientOptions: ClientOptions) {
  return (input: Record<string, unknown> = {}, options: StreamOptions = {}) => {
    const url = urlOf(clientOptions, buildRequest(route, input).path);
    return readStream({
      ...options,
      connect: async (lastEventId, signal) => {
        const token = await tokenOf(clientOptions);
        const resumption = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
        const own = { accept: streamTypes, hasBody: false, token };
        const headers = headersOf(own, resumption, clientOptions.headers, options.headers);
        return openStream(clientOptions.fetch ?? globalThis.fetch, url, { method: route.method, headers, signal });
      },
    });
  };
}

function urlOf({ baseUrl }: ClientOptions, path: string): string {
  return baseUrl.replace(/\/$/, '') + path;
}

function conditionsOf({ ifMatch, idempotencyKey }: RequestOptions): Record<string, string> {
  return {
    ...(ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
  };
}

async function tokenOf({ token }: ClientOptions): Promise<string | undefined> {
  return typeof token === 'function' ? token() : token;
}

/** What the headers of its own follow from that every request has. */
type OwnHeaders = { accept: string; hasBody: boolean; token: string | undefined };
type SomeHeaders = Record<string, string> | undefined;

const jsonTypes = 'application/json, application/problem+json';
const streamTypes = `${eventStreamType}, application/problem+json`;

/** Later headers win over earlier ones, in whatever case they are written. */
function headersOf({ accept, hasBody, token }: OwnHeaders, ...others: SomeHeaders[]): Headers {
  const headers = new Headers({ accept });
  if (hasBody) headers.set('content-type', 'application/json');
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  for (const [name, value] of others.flatMap((some) => Object.entries(some ?? {}))) headers.set(name, value);
  return headers;
}
