// The routes that a load balancer or an orchestrator asks.

import { z } from 'zod';
import { contractBuilder, metadata, noQuery, problems } from './route.ts';

const check = z.enum(['ok', 'failing']);

const readiness = z
  .object({
    status: z.enum(['ready', 'not-ready']),
    checks: z.object({ database: check, queue: check, workers: check }),
  })
  .meta({
    title: 'Readiness',
    example: { status: 'ready', checks: { database: 'ok', queue: 'ok', workers: 'ok' } },
  });

const { 503: _, ...problemsWithoutUnavailable } = problems();

const liveness = z.object({ status: z.literal('ok') }).meta({ title: 'Liveness', example: { status: 'ok' } });

export const healthRoutes = contractBuilder.router({
  live: {
    method: 'GET',
    path: '/health',
    summary: 'Ask whether the process lives',
    description: 'Touches nothing.',
    query: noQuery,
    responses: {
      200: liveness,
      ...problemsWithoutUnavailable,
    },
    metadata: metadata('Operations', null),
  },
  ready: {
    method: 'GET',
    path: '/health/ready',
    summary: 'Ask whether requests are welcome',
    description: '503 while the service starts, stops, or lacks what it needs.',
    query: noQuery,
    responses: { 200: readiness, 503: readiness, ...problemsWithoutUnavailable },
    metadata: metadata('Operations', null),
  },
});
