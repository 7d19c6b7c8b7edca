// The routes of the contract and their query parameters as flat lists.

import { type AppRoute, type AppRouter, isAppRoute } from '@ts-rest/core';
import { z } from 'zod';

/** Returns all routes of a contract, nested ones included. */
export function listRoutes(router: AppRouter): AppRoute[] {
  return Object.values(router).flatMap((entry) => (isAppRoute(entry) ? [entry] : listRoutes(entry)));
}

/** A query parameter. `values`: the values of the entries if it is a list, otherwise undefined. */
export type QueryParameter = { route: AppRoute; name: string; values: string[] | undefined };

/** Returns the query parameters of all routes of a contract. */
export function listQueryParameters(router: AppRouter): QueryParameter[] {
  return listRoutes(router).flatMap((route) => {
    const { properties = {} } = z.toJSONSchema(route.query as z.ZodType, { io: 'input', unrepresentable: 'any' });
    return Object.entries(properties).map(([name, schema]) => ({ route, name, values: findListValues(schema) }));
  });
}

function findListValues(schema: z.core.JSONSchema._JSONSchema): string[] | undefined {
  if (typeof schema !== 'object' || schema.type !== 'array') return undefined;
  return (schema.items as { enum: string[] }).enum;
}
