// Makes the SDK out of the contract: an endpoint that is added there appears here by itself.

import { type AppRoute, type AppRouter, isAppRoute } from '@ts-rest/core';
import { type Contract, contract } from '../contract/index.ts';
import type { OperationsOf, RequestOptions } from './operation.ts';
import { requestOf, send } from './request.ts';

export type ClientOptions = {
  /** Where the service is: `http://127.0.0.1:8000`. In its own page: the empty text. */
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

function operationOf(route: AppRoute, clientOptions: ClientOptions) {
  return async (input: Record<string, unknown> = {}, options: RequestOptions = {}) => {
    const { path, body } = requestOf(route, input);
    const timeout = AbortSignal.timeout(options.timeoutMs ?? clientOptions.timeoutMs ?? 30_000);
    const init = {
      method: route.method,
      headers: headersOf(body !== undefined, clientOptions.headers, conditionsOf(options), options.headers),
      signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
      ...(body === undefined ? {} : { body }),
    };
    return send(
      clientOptions.fetch ?? globalThis.fetch,
      clientOptions.baseUrl.replace(/\/$/, '') + path,
      init,
      options.signal,
    );
  };
}

function conditionsOf({ ifMatch, idempotencyKey }: RequestOptions): Record<string, string> {
  return {
    ...(ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
  };
}

/** Later headers win over earlier ones, in whatever case they are written. */
function headersOf(hasBody: boolean, ...others: (Record<string, string> | undefined)[]): Headers {
  const headers = new Headers({ accept: 'application/json, application/problem+json' });
  if (hasBody) headers.set('content-type', 'application/json');
  for (const [name, value] of others.flatMap((some) => Object.entries(some ?? {}))) headers.set(name, value);
  return headers;
}
