// Responds to requests that match neither an endpoint nor a page.

import { createNotFoundProblem, createProblem } from '../../domain/problem.ts';
import { pagePaths } from '../docs/pages.ts';
import { setPreflightHeaders } from '../guards/cors.ts';
import type { Step } from '../pipeline.ts';
import type { RouteTable } from './route-table.ts';

/**
 * Creates the step that responds to OPTIONS and rejects all other requests.
 * @throws RequestProblem `not-found`, or `method-not-allowed` if the path has other methods
 */
export function createUnknownRouteHandler(endpoints: RouteTable<unknown>): Step {
  return (request, response) => {
    const { basePath, pathname, method } = request;
    const path = basePath + pathname;
    const allow = listMethods(endpoints, pathname);
    if (allow.length === 0) throw createNotFoundProblem(`Path ${path} does not exist`);
    if (method !== 'OPTIONS') {
      throw createProblem('method-not-allowed', `${path} does not support ${method}`, { allow });
    }
    response.setHeader('Allow', [...allow, 'OPTIONS'].join(', '));
    setPreflightHeaders(request, response, allow);
    response.status(204).end();
  };
}

/** Returns the methods that a path supports, sorted. */
function listMethods(endpoints: RouteTable<unknown>, pathname: string): string[] {
  const methods = new Set(endpoints.findMethods(pathname));
  if (pagePaths.includes(pathname)) methods.add('GET');
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].sort();
}
