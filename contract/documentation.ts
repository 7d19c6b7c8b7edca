// The routes that explain the service.

import { z } from 'zod';
import { problemCodes } from './problem-table.ts';
import { contractBuilder, metadata, noQuery, publicProblems } from './route.ts';

const problemExplanation = z
  .object({
    code: z.enum(problemCodes),
    status: z.int(),
    title: z.string(),
    meaning: z.string(),
    remedy: z.string().meta({ description: 'What to do about it' }),
  })
  .meta({
    title: 'ProblemExplanation',
    example: {
      code: 'not-found',
      status: 404,
      title: 'There is no such thing',
      meaning: 'The path is unknown, or nothing has this id.',
      remedy: 'Check the path and the id.',
    },
  });

const openApiDocument = z
  .looseObject({ openapi: z.string() })
  .meta({ title: 'OpenApiDocument', example: { openapi: '3.1.0' } });

export const documentationRoutes = contractBuilder.router({
  openapi: {
    method: 'GET',
    path: '/openapi.json',
    summary: 'Read the OpenAPI document',
    query: noQuery,
    responses: { 200: openApiDocument, ...publicProblems() },
    metadata: metadata('Documentation', null),
  },
  problem: {
    method: 'GET',
    path: '/problems/:code',
    pathParams: z.object({ code: z.string().meta({ description: 'The code of the problem', example: 'conflict' }) }),
    summary: 'Read what a problem means',
    description: 'This is where the `type` of every problem points.',
    query: noQuery,
    responses: { 200: problemExplanation, ...publicProblems('not-found') },
    metadata: metadata('Documentation', null),
  },
});
