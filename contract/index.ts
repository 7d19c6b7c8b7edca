// The contract: all endpoints. The server, the SDK, the OpenAPI document and the console are derived from it.

import { documentationRoutes } from './routes/documentation.ts';
import { eventsRoutes } from './routes/events.ts';
import { healthRoutes } from './routes/health.ts';
import { identityRoutes } from './routes/identity.ts';
import { ordersRoutes } from './routes/orders.ts';
import { policyRoutes } from './routes/policy.ts';
import { contractBuilder } from './routes/route.ts';
import { statsRoutes } from './routes/stats.ts';
import { validationsRoutes } from './routes/validations.ts';
import { webhooksRoutes } from './routes/webhooks.ts';

/** All routes, grouped by resource. */
export const contract = contractBuilder.router({
  orders: ordersRoutes,
  validations: validationsRoutes,
  events: eventsRoutes,
  webhooks: webhooksRoutes,
  policy: policyRoutes,
  stats: statsRoutes,
  identity: identityRoutes,
  health: healthRoutes,
  documentation: documentationRoutes,
});

/** The type of {@link contract}. */
export type Contract = typeof contract;
