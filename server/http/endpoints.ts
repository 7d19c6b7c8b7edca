// The seam to ts-rest: the only place of the server that knows how a contract becomes routes.

import type { AppRoute } from '@ts-rest/core';
import { type AppRouteImplementation, createExpressEndpoints } from '@ts-rest/express';
import type { Express } from 'express';
import { type Contract, contract } from '../../contract/index.ts';
import { documentationHandlers } from './handlers/documentation.ts';
import { healthHandlers } from './handlers/health.ts';
import { ordersHandlers } from './handlers/orders.ts';
import { policyHandlers } from './handlers/policy.ts';
import { statsHandlers } from './handlers/stats.ts';
import { validationsHandlers } from './handlers/validations.ts';
import type { Services } from './services.ts';

/** The handlers of one part of the contract. */
export type HandlersOf<Part extends keyof Contract> = {
  [Name in keyof Contract[Part]]: Contract[Part][Name] extends AppRoute
    ? AppRouteImplementation<Contract[Part][Name]>
    : never;
};

/** Registers every endpoint of the contract. What breaks the contract goes on to the error handler. */
export function registerEndpoints(app: Express, services: Services): void {
  const handlers = {
    orders: ordersHandlers(services),
    validations: validationsHandlers(services),
    policy: policyHandlers(services),
    stats: statsHandlers(services),
    health: healthHandlers(services),
    documentation: documentationHandlers(),
  };
  createExpressEndpoints(contract, handlers, app, {
    logInitialization: false,
    requestValidationErrorHandler: (error, _request, _response, next) => next(error),
  });
}
