// The routes that explain the service.

import { z } from 'zod';
import { problemCodes } from './problem-table.ts';
import { contractBuilder, noQuery, publicMetadata, publicProblems, type RouteMetadata } from './route.ts';

const explanationExample = {
  code: 'not-found',
  status: 404,
  title: 'There is no such thing',
  meaning: 'The path is unknown, or nothing has this id.',
  remedy: 'Check the path and the id.',
};

const problemExplanation = z
  .object({
    code: z.enum(problemCodes),
    status: z.int().min(400).max(599),
    title: z.string(),
    meaning: z.string().meta({ description: 'When it happens' }),
    remedy: z.string().meta({ description: 'What to do about it' }),
  })
  .meta({
    title: 'ProblemExplanation',
    example: explanationExample,
  });

const problemList = z
  .object({ data: z.array(problemExplanation) })
  .meta({ title: 'ProblemList', example: { data: [explanationExample] } });

const openApiDocument = z
  .looseObject({ openapi: z.string() })
  .meta({ title: 'OpenApiDocument', example: { openapi: '3.1.0' } });

const pageMetadata: RouteMetadata = { ...publicMetadata('Documentation'), hasPage: true };

export const documentationRoutes = contractBuilder.router({
  openapi: {
    method: 'GET',
    path: '/openapi.json',
    summary: 'Read the OpenAPI document',
    query: noQuery,
    responses: { 200: openApiDocument, ...publicProblems() },
    metadata: publicMetadata('Documentation'),
  },
  problems: {
    method: 'GET',
    path: '/problems',
    summary: 'List all problems',
    description: 'Every way a request can be refused. A page where `Accept` prefers HTML.',
    query: noQuery,
    responses: { 200: problemList, ...publicProblems() },
    metadata: pageMetadata,
  },
  problem: {
    method: 'GET',
    path: '/problems/:code',
    pathParams: z.object({ code: z.string().meta({ description: 'The code of the problem', example: 'conflict' }) }),
    summary: 'Read what a problem means',
    description: 'This is where the `type` of every problem points. A page where `Accept` prefers HTML.',
    query: noQuery,
    responses: { 200: problemExplanation, ...publicProblems('not-found') },
    metadata: pageMetadata,
  },
});
