// The adapter to ts-rest, which validates requests against the contract and calls the handlers. Routes are found by
// route-table.ts instead of Express.

import { type AppRoute, type AppRouter, isAppRoute } from '@ts-rest/core';
import { createExpressEndpoints } from '@ts-rest/express';
import { z } from 'zod';
import { type Contract, contract } from '../../../contract/index.ts';
import type { RouteMetadata } from '../../../contract/routes/route.ts';
import { createDocumentationHandlers } from '../handlers/documentation.ts';
import { createEventsHandlers } from '../handlers/events.ts';
import { createHealthHandlers } from '../handlers/health.ts';
import { createIdentityHandlers } from '../handlers/identity.ts';
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

/** A request handler of Express, which ts-rest creates from a handler. */
type ExpressHandler = (request: ServiceRequest, response: ServiceResponse, next: (error: unknown) => void) => void;

/** Creates the routes of all endpoints of the contract. */
export function createEndpoints(services: Services): RouteTable<Endpoint> {
  const handlers: { [Part in keyof Contract]: Handlers<Part> } = {
    orders: createOrdersHandlers(services),
    validations: createValidationsHandlers(services),
    events: createEventsHandlers(services),
    webhooks: createWebhooksHandlers(services),
    policy: createPolicyHandlers(services),
    stats: createStatsHandlers(services),
    identity: createIdentityHandlers(),
    health: createHealthHandlers(services),
    documentation: createDocumentationHandlers(),
  };
  const table = new RouteTable<Endpoint>();
  // ts-rest registers its handlers with this object instead of Express. It uses only the members of requests and
  // responses that request.ts declares.
  createExpressEndpoints(contract, handlers as never, createRegistrar(table) as never, {
    logInitialization: false,
    requestValidationErrorHandler: (error, _request, _response, next) => next(error),
  });
  return table;
}

/** Creates an object with the registration methods of an Express router, which adds routes to the table. */
function createRegistrar(table: RouteTable<Endpoint>) {
  const routes = new Map(collectRoutes(contract));
  const register = (method: string) => (path: string, _middleware: unknown, handler: ExpressHandler) => {
    const route = routes.get(`${method} ${path}`);
    const { scopes } = (route?.metadata ?? {}) as Partial<RouteMetadata>;
    // An endpoint without declared scopes must not become public by accident.
    if (scopes === undefined) throw new Error(`the contract declares no scopes for ${method} ${path}`);
    table.add(method, path, {
      scopes,
      queryParameters: listQueryParameters(route),
      handle: (request, response) => handler(request, response, (error) => sendProblem(request, response, error)),
    });
  };
  const methods = { get: register('GET'), post: register('POST'), put: register('PUT'), delete: register('DELETE') };
  return { ...methods, use: () => {} };
}

/** Returns all routes by method and path. */
function collectRoutes(router: AppRouter): [string, AppRoute][] {
  return Object.values(router).flatMap((entry): [string, AppRoute][] =>
    isAppRoute(entry) ? [[`${entry.method} ${entry.path}`, entry]] : collectRoutes(entry),
  );
}

function listQueryParameters(route: AppRoute | undefined): ReadonlySet<string> {
  return new Set(route?.query instanceof z.ZodObject ? Object.keys(route.query.shape) : []);
}
