// The contract: all endpoints. The server, the SDK, the OpenAPI document and the console are derived from it.

import { documentationRoutes } from './documentation.ts';
import { eventsRoutes } from './events.ts';
import { healthRoutes } from './health.ts';
import { ordersRoutes } from './orders.ts';
import { policyRoutes } from './policy.ts';
import { contractBuilder } from './route.ts';
import { statsRoutes } from './stats.ts';
import { validationsRoutes } from './validations.ts';
import { webhooksRoutes } from './webhooks.ts';

/** All routes, grouped by resource. */
export const contract = contractBuilder.router({
  orders: ordersRoutes,
  validations: validationsRoutes,
  events: eventsRoutes,
  webhooks: webhooksRoutes,
  policy: policyRoutes,
  stats: statsRoutes,
  health: healthRoutes,
  documentation: documentationRoutes,
});

/** The type of {@link contract}. */
export type Contract = typeof contract;
