// The route of the counters.

import { z } from 'zod';
import { contractBuilder, metadata, noQuery, problems } from './route.ts';
import { type OrderStatus, orderStatuses } from './workflow.ts';

const countsByStatus = Object.fromEntries(orderStatuses.map((status) => [status, z.int().min(0)])) as Record<
  OrderStatus,
  z.ZodInt
>;

const stats = z
  .object({
    orders: z.object(countsByStatus).meta({ title: 'CountsByStatus' }),
    openValidations: z.int().min(0),
    oldestWaitingMs: z
      .int()
      .min(0)
      .nullable()
      .meta({ description: 'Age of the validation that waits longest, or null' }),
  })
  .meta({
    title: 'Stats',
    example: {
      orders: { CREATED: 3, VALIDATED: 1, APPROVED: 12, REJECTED: 2 },
      openValidations: 1,
      oldestWaitingMs: 12,
    },
  });

export type Stats = z.infer<typeof stats>;

export const statsRoutes = contractBuilder.router({
  get: {
    method: 'GET',
    path: '/stats',
    summary: 'Count orders and validations',
    description: 'From counters that are kept with every commit: cheap at any size.',
    query: noQuery,
    responses: { 200: stats, ...problems() },
    metadata: metadata('Operations', 'orders:read'),
  },
});
