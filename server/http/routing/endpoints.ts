// The seam to ts-rest: the only place of the server that knows how a contract becomes routes. ts-rest judges requests
// by the contract and calls the handlers; finding the route is ours (`route-table.ts`).

import { type AppRouter, isAppRoute } from '@ts-rest/core';
import { createExpressEndpoints } from '@ts-rest/express';
import { type Contract, contract } from '../../../contract/index.ts';
import type { RouteMetadata } from '../../../contract/routes/route.ts';
import type { Scope } from '../../../contract/scopes.ts';
import { createDocumentationHandlers } from '../handlers/documentation.ts';
import { createEventsHandlers } from '../handlers/events.ts';
import { createHealthHandlers } from '../handlers/health.ts';
import { createOrdersHandlers } from '../handlers/orders.ts';
import { createPolicyHandlers } from '../handlers/policy.ts';
import type { Services } from '../handlers/services.ts';
import { createStatsHandlers } from '../handlers/stats.ts';
import { createValidationsHandlers } from '../handlers/validations.ts';
import { createWebhooksHandlers } from '../handlers/webhooks.ts';
import { sendProblem } from '../problems/send-problem.ts';
import type { Endpoint, ServiceRequest, ServiceResponse } from '../request/request.ts';
import type { Handlers } from './handler-types.ts';
import { RouteTable } from './route-table.ts';

/** What ts-rest makes of a handler: an end point as Express has them. */
type ExpressHandler = (request: ServiceRequest, response: ServiceResponse, fail: (error: unknown) => void) => void;

/** Every endpoint of the contract, by method and path. */
export function createEndpoints(services: Services): RouteTable<Endpoint> {
  const handlers: { [Part in keyof Contract]: Handlers<Part> } = {
    orders: createOrdersHandlers(services),
    validations: createValidationsHandlers(services),
    events: createEventsHandlers(services),
    webhooks: createWebhooksHandlers(services),
    policy: createPolicyHandlers(services),
    stats: createStatsHandlers(services),
    health: createHealthHandlers(services),
    documentation: createDocumentationHandlers(),
  };
  const table = new RouteTable<Endpoint>();
  // ts-rest believes that it registers with Express. All it does with a request and its response is in `exchange.ts`.
  createExpressEndpoints(contract, handlers as never, createRouter(table) as never, {
    logInitialization: false,
    requestValidationErrorHandler: (error, _request, _response, next) => next(error),
  });
  return table;
}

/** What ts-rest takes for a router: whatever is registered with it stands in the table. */
function createRouter(table: RouteTable<Endpoint>) {
  const neededScopes = new Map(collectScopes(contract));
  const register = (method: string) => (path: string, _mark: unknown, answer: ExpressHandler) => {
    const scopes = neededScopes.get(`${method} ${path}`);
    // Who forgets to say who may call an endpoint has not said that everybody may.
    if (scopes === undefined) throw new Error(`the contract says no scopes of ${method} ${path}`);
    table.add(method, path, {
      scopes,
      handle: (request, response) => answer(request, response, (error) => sendProblem(request, response, error)),
    });
  };
  const methods = { get: register('GET'), post: register('POST'), put: register('PUT'), delete: register('DELETE') };
  return { ...methods, use: () => {} };
}

/** What each route asks of its callers, by its method and path; undefined where it does not say. */
function collectScopes(router: AppRouter): [string, readonly Scope[] | null | undefined][] {
  return Object.values(router).flatMap((entry) => {
    if (!isAppRoute(entry)) return collectScopes(entry);
    const metadata = entry.metadata as Partial<RouteMetadata> | undefined;
    return [[`${entry.method} ${entry.path}`, metadata?.scopes]];
  });
}
