// The route of the statistics.

import { z } from 'zod';
import { type OrderStatus, orderStatuses } from '../workflow.ts';
import { contractBuilder, metadata, noQuery, problems } from './route.ts';

const countsByStatus = Object.fromEntries(
  orderStatuses.map((status) => [
    status,
    z
      .int()
      .min(0)
      .meta({ description: `Number of orders in status ${status}` }),
  ]),
) as Record<OrderStatus, z.ZodInt>;

const stats = z
  .object({
    orders: z.object(countsByStatus).meta({ title: 'CountsByStatus', description: 'Number of orders by status' }),
    openValidations: z.int().min(0).meta({ description: 'Number of validations that are queued or running' }),
    oldestWaitingMs: z.int().min(0).nullable().meta({
      description: 'How long the oldest queued validation has waited, in milliseconds, or null if none is queued',
    }),
  })
  .meta({
    title: 'Stats',
    description: 'Statistics about orders and validations',
    example: {
      orders: { CREATED: 3, VALIDATED: 1, APPROVED: 12, REJECTED: 2 },
      openValidations: 1,
      oldestWaitingMs: 12,
    },
  });

/** Statistics about orders and validations. */
export type Stats = z.infer<typeof stats>;

/** The routes of the statistics. */
export const statsRoutes = contractBuilder.router({
  get: {
    method: 'GET',
    path: '/stats',
    summary: 'Get statistics',
    description:
      'Returns the number of orders by status and of open validations. The cost does not depend on their number.',
    query: noQuery,
    responses: { 200: stats, ...problems() },
    metadata: metadata('Operations', 'orders:read'),
  },
});
