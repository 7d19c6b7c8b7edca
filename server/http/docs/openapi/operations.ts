// The operations of the OpenAPI document: one for each route of the contract.

import { STATUS_CODES } from 'node:http';
import { type AppRoute, isAppRouteOtherResponse } from '@ts-rest/core';
import { z } from 'zod';
import type { RouteMetadata } from '../../../../contract/routes/route.ts';
import { streamMessages } from '../../../../contract/schemas/stream.ts';
import { referToSuccessHeaders } from './headers.ts';
import type { Json } from './json-schema.ts';
import { describeParameters } from './parameters.ts';
import type { ProblemResponses } from './problems.ts';
import type { SchemaComponents } from './schema-components.ts';

/** Where operations register what they share. */
export type SharedParts = { schemas: SchemaComponents; problems: ProblemResponses };

/** Returns the operation of a route. */
export function describeOperation(operationId: string, route: AppRoute, parts: SharedParts): Json {
  const { tag, scopes } = route.metadata as RouteMetadata;
  const parameters = describeParameters(route, parts.schemas);
  return {
    operationId,
    summary: route.summary,
    description: route.description,
    tags: [tag],
    // The list may name required roles for schemes other than OAuth 2.0, too (OpenAPI 3.1.0, section 4.8.30).
    security: scopes === null ? [] : [{ bearerAuth: scopes }],
    ...(parameters.length > 0 && { parameters }),
    ...describeBody(route, parts.schemas),
    responses: describeResponses(route, parts),
  };
}

function describeBody(route: AppRoute, schemas: SchemaComponents): Json {
  const body = 'body' in route ? route.body : undefined;
  if (!(body instanceof z.ZodType)) return {};
  const isRequired = !(body instanceof z.ZodOptional);
  const schema = schemas.convert(isRequired ? body : (body.unwrap() as z.ZodType), 'request');
  return { requestBody: { required: isRequired, content: { 'application/json': { schema } } } };
}

function describeResponses(route: AppRoute, { schemas, problems }: SharedParts): Json {
  const entries = Object.entries(route.responses).map(([status, response]) => {
    const headers = referToSuccessHeaders(route);
    const description = STATUS_CODES[status];
    if (isAppRouteOtherResponse(response)) {
      const schema = schemas.convert(streamMessages.get(Object(response.body)) ?? z.string(), 'response');
      return [status, { description, headers, content: { [response.contentType]: { schema } } }];
    }
    if (!(response instanceof z.ZodType)) return [status, { description, headers }];
    const schema = schemas.convert(response, 'response');
    const content = { 'application/json': { schema } };
    return [status, problems.refer(schema) ?? { description, headers, content }];
  });
  return Object.fromEntries(entries);
}
