// The routes of the documentation: the OpenAPI document and the explanations of problems.

import { z } from 'zod';
import { problemCodes, problemTable } from '../problems/problem-table.ts';
import { contractBuilder, noQuery, publicMetadata, publicProblems, withHeaders } from './route.ts';

const explanationExample = {
  code: 'not-found',
  status: 404,
  title: problemTable['not-found'].title,
  meaning: problemTable['not-found'].meaning,
  remedy: problemTable['not-found'].remedy,
};

const problemExplanation = z
  .object({
    code: z.enum(problemCodes).meta({ description: 'The code of the problem' }),
    status: z.int().min(400).max(599).meta({ description: 'The HTTP status of the response' }),
    title: z.string().meta({ description: 'A short title for people' }),
    meaning: z.string().meta({ description: 'When the problem occurs' }),
    remedy: z.string().meta({ description: 'How to resolve the problem' }),
  })
  .meta({
    title: 'ProblemExplanation',
    description: 'The explanation of a problem',
    example: explanationExample,
  });

const problemList = z
  .object({ data: z.array(problemExplanation) })
  .meta({ title: 'ProblemList', description: 'All problems' });

const openApiDocument = z
  .looseObject({ openapi: z.string().meta({ description: 'The version of the OpenAPI specification' }) })
  .meta({ title: 'OpenApiDocument', description: 'The OpenAPI document', example: { openapi: '3.1.0' } });

/** The routes of the documentation. They require no authentication. */
export const documentationRoutes = contractBuilder.router({
  openapi: {
    method: 'GET',
    path: '/openapi.json',
    summary: 'Get the OpenAPI document',
    description:
      'Returns the description of this service in OpenAPI 3.1, or 304 without a body if `If-None-Match` contains its ' +
      'entity tag.',
    query: noQuery,
    responses: { 200: openApiDocument, 304: contractBuilder.noBody(), ...publicProblems() },
    metadata: withHeaders(publicMetadata('Documentation'), 'ETag'),
  },
  problems: {
    method: 'GET',
    path: '/problems',
    summary: 'List all problems',
    description: 'Returns every problem that a response can report.',
    query: noQuery,
    responses: { 200: problemList, ...publicProblems() },
    metadata: publicMetadata('Documentation'),
  },
  problem: {
    method: 'GET',
    path: '/problems/:code',
    pathParams: z.object({ code: z.string().meta({ description: 'The problem code', example: 'conflict' }) }),
    summary: 'Get the explanation of a problem',
    description: 'The `type` of every problem refers to this resource.',
    query: noQuery,
    responses: { 200: problemExplanation, ...publicProblems('not-found') },
    metadata: publicMetadata('Documentation'),
  },
});
