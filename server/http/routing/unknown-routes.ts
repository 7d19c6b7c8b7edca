// Answers what neither an endpoint nor a page has answered: 405 where the path knows other methods, else 404.

import { createProblem, notFound } from '../../domain/problem.ts';
import { pagePaths } from '../docs/pages.ts';
import { setPreflightHeaders } from '../guards/cors.ts';
import { sendProblem } from '../problems/send-problem.ts';
import type { ServiceRequest, ServiceResponse } from '../request/request.ts';
import type { RouteTable } from './route-table.ts';

export function handleUnknownRoute(
  endpoints: RouteTable<unknown>,
  request: ServiceRequest,
  response: ServiceResponse,
): void {
  const { pathname, method } = request;
  const allow = listMethods(endpoints, pathname);
  if (allow.length === 0) {
    sendProblem(request, response, notFound(`There is no ${pathname}`));
  } else if (method === 'OPTIONS') {
    response.setHeader('Allow', [...allow, 'OPTIONS'].join(', '));
    setPreflightHeaders(request, response, allow);
    response.status(204).end();
  } else {
    sendProblem(
      request,
      response,
      createProblem('method-not-allowed', `${pathname} does not know ${method}`, { allow }),
    );
  }
}

/** The methods that a path knows, sorted. */
function listMethods(endpoints: RouteTable<unknown>, pathname: string): string[] {
  const methods = new Set(endpoints.findMethods(pathname));
  if (pagePaths.includes(pathname)) methods.add('GET');
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].sort();
}
