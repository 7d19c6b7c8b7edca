// Answers what neither an endpoint nor a page has answered: 405 where the path knows other methods, else 404.

import { notFound, problem } from '../../domain/problem.ts';
import { pagePaths } from '../docs/pages.ts';
import { answerPreflight } from '../guards/cors.ts';
import { answerProblem } from '../problems/send-problem.ts';
import type { ServiceRequest, ServiceResponse } from '../request/request.ts';
import type { RouteTable } from './route-table.ts';

export function answerUnknown(
  endpoints: RouteTable<unknown>,
  request: ServiceRequest,
  response: ServiceResponse,
): void {
  const { pathname, method } = request;
  const allow = methodsOf(endpoints, pathname);
  if (allow.length === 0) {
    answerProblem(request, response, notFound(`There is no ${pathname}`));
  } else if (method === 'OPTIONS') {
    response.setHeader('Allow', [...allow, 'OPTIONS'].join(', '));
    answerPreflight(request, response, allow);
    response.status(204).end();
  } else {
    answerProblem(request, response, problem('method-not-allowed', `${pathname} does not know ${method}`, { allow }));
  }
}

/** The methods that a path knows, sorted. */
function methodsOf(endpoints: RouteTable<unknown>, pathname: string): string[] {
  const methods = new Set(endpoints.methodsOf(pathname));
  if (pagePaths.includes(pathname)) methods.add('GET');
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].sort();
}
