// The routes of the health checks, for load balancers and orchestrators.

import { z } from 'zod';
import { problemResponses } from '../problems/problem.ts';
import { contractBuilder, ignoredQuery, publicMetadata } from './route.ts';

const check = (part: string) => z.enum(['ok', 'failing']).meta({ description: `The state of ${part}` });

const readiness = z
  .object({
    status: z.enum(['ready', 'not-ready']).meta({ description: 'Whether the service accepts requests' }),
    checks: z
      .object({
        database: check('the database'),
        queue: check('the queue of validations'),
        workers: check('the worker threads that evaluate rules'),
      })
      .meta({ description: 'The checked parts' }),
  })
  .meta({
    title: 'Readiness',
    description: 'The result of the readiness check',
    example: { status: 'ready', checks: { database: 'ok', queue: 'ok', workers: 'ok' } },
  });

/** Health checks require neither authentication nor an allowed host or origin. */
const problems = problemResponses('invalid-request', 'uri-too-long', 'headers-too-large', 'internal');

const liveness = z
  .object({ status: z.literal('ok') })
  .meta({ title: 'Liveness', description: 'The result of the liveness check', example: { status: 'ok' } });

/** The routes of the health checks. */
export const healthRoutes = contractBuilder.router({
  live: {
    method: 'GET',
    path: '/health',
    summary: 'Check liveness',
    description: 'Returns 200 while the process responds. Does not access the database.',
    query: ignoredQuery,
    responses: { 200: liveness, ...problems },
    metadata: publicMetadata('Operations'),
  },
  ready: {
    method: 'GET',
    path: '/health/ready',
    summary: 'Check readiness',
    description: 'Returns 503 while the service stops, or while a check fails.',
    query: ignoredQuery,
    responses: { 200: readiness, 503: readiness, ...problems },
    metadata: publicMetadata('Operations'),
  },
});
