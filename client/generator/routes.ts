// Reads what the SDK must know about each route from the contract.

import { type AppRoute, type AppRouter, isAppRouteOtherResponse } from '@ts-rest/core';
import { z } from 'zod';
import { eventStreamType } from '../../contract/media-types.ts';
import type { RouteMetadata } from '../../contract/routes/route.ts';
import { streamMessages } from '../../contract/schemas/stream.ts';
import type { ApiRoute } from '../request/route.ts';
import { type JsonSchema, toJsonSchema } from './json-schema.ts';

/** A route with its place in the SDK: `client.<group>.<operation>`. */
export type NamedRoute = { group: string; operation: string; route: AppRoute };

/** Returns the routes of a contract of groups, in its order. */
export function listNamedRoutes(router: AppRouter): NamedRoute[] {
  return Object.entries(router).flatMap(([group, routes]) =>
    Object.entries(routes).map(([operation, route]) => ({ group, operation, route: route as AppRoute })),
  );
}

/** Returns the row of a route in the route table of the SDK. */
export function toRoute(route: AppRoute): ApiRoute {
  const paging = findPaging(route);
  const values = findValues(route);
  return {
    method: route.method,
    path: route.path,
    ...(findBody(route)?.isRequired && { hasBody: true }),
    ...(findStreamMessage(route) && { isStream: true }),
    ...(paging && { paging }),
    ...(values.length > 0 && { values }),
  };
}

/** Returns the body schema of a route, without its optionality; undefined if it has no body. */
export function findBody(route: AppRoute): { schema: z.ZodType; isRequired: boolean } | undefined {
  const body = 'body' in route ? asZod(route.body) : undefined;
  if (!(body instanceof z.ZodOptional)) return body && { schema: body, isRequired: true };
  return { schema: body.unwrap() as z.ZodType, isRequired: false };
}

/** Returns the schema of the messages of a stream; undefined for any other route. */
export function findStreamMessage({ responses }: AppRoute): z.ZodType | undefined {
  const success = responses[200];
  if (!success || !isAppRouteOtherResponse(success) || success.contentType !== eventStreamType) return undefined;
  const message = streamMessages.get(Object(success.body));
  if (!message) throw new Error('the messages of a stream have no schema');
  return message;
}

/** A response that is not a problem. `schema`: undefined without a body. */
export type Result = { status: number; schema: z.ZodType | undefined };

/** Returns the schemas of the responses that are not problems, by status. */
export function listResults({ responses }: AppRoute): Result[] {
  return Object.entries(responses)
    .map(([status, schema]): Result => ({ status: Number(status), schema: asZod(schema) }))
    .filter(({ schema }) => !schema || listProblemCodes(toJsonSchema(schema, 'output')).length === 0);
}

/** Returns the problem codes that a route can return. */
export function listCodes({ responses }: AppRoute): string[] {
  const schemas = Object.values(responses).filter((schema) => schema instanceof z.ZodType);
  return [...new Set(schemas.flatMap((schema) => listProblemCodes(toJsonSchema(schema, 'output'))))];
}

/** Returns whether the request of a route can have this header. */
export function acceptsHeader({ headers }: AppRoute, name: string): boolean {
  return headers instanceof z.ZodObject && name in headers.shape;
}

/** Returns the scopes that a route requires; null if it requires no token. */
export function findScopes({ metadata }: AppRoute): RouteMetadata['scopes'] {
  return (metadata as RouteMetadata).scopes;
}

function asZod(schema: unknown): z.ZodType | undefined {
  return schema instanceof z.ZodType ? schema : undefined;
}

function listProblemCodes({ oneOf, properties }: JsonSchema): string[] {
  if (oneOf) return oneOf.flatMap(listProblemCodes);
  const code = properties?.code?.const;
  return typeof code === 'string' && properties?.requestId ? [code] : [];
}

/** The statuses of 300 and above whose responses are results instead of errors. */
function findValues(route: AppRoute): number[] {
  return listResults(route).flatMap(({ status }) => (status >= 300 ? [status] : []));
}

function findPaging({ responses }: AppRoute): ApiRoute['paging'] {
  const success = responses[200];
  if (!(success instanceof z.ZodType)) return undefined;
  const page = toJsonSchema(success, 'output').properties?.page?.properties ?? {};
  if ('nextCursor' in page) return 'cursor';
  return 'nextAfter' in page ? 'position' : undefined;
}
