// The routes of the contract, as tests go through them.

import { type AppRoute, type AppRouter, isAppRoute } from '@ts-rest/core';

/** All routes of a contract, however deep. */
export function listRoutes(router: AppRouter): AppRoute[] {
  return Object.values(router).flatMap((entry) => (isAppRoute(entry) ? [entry] : listRoutes(entry)));
}
