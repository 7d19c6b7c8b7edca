// The routes that a load balancer or an orchestrator asks.

import { z } from 'zod';
import { problemResponses } from './problem.ts';
import { contractBuilder, noQuery, publicMetadata } from './route.ts';

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

/** Probes are asked neither who they are nor where they come from. */
const problems = problemResponses('invalid-request', 'uri-too-long', 'headers-too-large', 'internal');

const liveness = z.object({ status: z.literal('ok') }).meta({ title: 'Liveness', example: { status: 'ok' } });

export const healthRoutes = contractBuilder.router({
  live: {
    method: 'GET',
    path: '/health',
    summary: 'Ask whether the process lives',
    description: 'Touches nothing.',
    query: noQuery,
    responses: { 200: liveness, ...problems },
    metadata: publicMetadata('Operations'),
  },
  ready: {
    method: 'GET',
    path: '/health/ready',
    summary: 'Ask whether requests are welcome',
    description: '503 while the service starts, stops, or lacks what it needs.',
    query: noQuery,
    responses: { 200: readiness, 503: readiness, ...problems },
    metadata: publicMetadata('Operations'),
  },
});
