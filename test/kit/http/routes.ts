// The routes of the contract as a flat list.

import { type AppRoute, type AppRouter, isAppRoute } from '@ts-rest/core';

/** Returns all routes of a contract, nested ones included. */
export function listRoutes(router: AppRouter): AppRoute[] {
  return Object.values(router).flatMap((entry) => (isAppRoute(entry) ? [entry] : listRoutes(entry)));
}
