// Makes the SDK out of the contract: an endpoint that is added there appears here by itself.

import { type AppRoute, type AppRouter, isAppRoute } from '@ts-rest/core';
import { type Contract, contract } from '../contract/index.ts';
import type { OperationsOf, RequestOptions } from './operation.ts';
import { requestOf, send } from './request.ts';

export type ClientOptions = {
  /** Where the service is, without a slash at the end: `http://127.0.0.1:8000`. In its own page: the empty text. */
  baseUrl: string;
  /** Headers of every request. */
  headers?: Record<string, string>;
  /** How long an answer may take, in milliseconds. @default 30,000 */
  timeoutMs?: number;
  /** What sends the requests. @default the global `fetch` */
  fetch?: typeof fetch;
};

/** The service as an object: `client.orders.create({…})`. */
export type Client = OperationsOf<Contract>;

/** Makes a client of the service. It holds no connection and needs no closing. */
export function createClient(options: ClientOptions): Client {
  return operationsOf(contract, options) as Client;
}

function operationsOf(router: AppRouter, options: ClientOptions): Record<string, unknown> {
  const entries = Object.entries(router).map(([name, entry]) => [
    name,
    isAppRoute(entry) ? operationOf(entry, options) : operationsOf(entry, options),
  ]);
  return Object.fromEntries(entries);
}

function operationOf(route: AppRoute, client: ClientOptions) {
  return async (input: Record<string, unknown> = {}, request: RequestOptions = {}) => {
    const { path, body } = requestOf(route, input);
    const timeout = AbortSignal.timeout(request.timeoutMs ?? client.timeoutMs ?? 30_000);
    const init = {
      method: route.method,
      headers: {
        accept: 'application/json, application/problem+json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...client.headers,
        ...request.headers,
      },
      signal: request.signal ? AbortSignal.any([request.signal, timeout]) : timeout,
      ...(body === undefined ? {} : { body }),
    };
    return send(client.fetch ?? globalThis.fetch, client.baseUrl + path, init, request.signal);
  };
}
