// Answers what no route has answered: 405 where the path knows other methods, else 404.

import { type AppRoute, type AppRouter, isAppRoute } from '@ts-rest/core';
import type { RequestHandler } from 'express';
import { notFound, problem } from '../problem.ts';

/** @param pages the paths that are served besides the contract, with GET alone */
export function unknownRoutes(contract: AppRouter, pages: readonly string[]): RequestHandler {
  const routes = [...routesOf(contract), ...pages.map((path) => ({ method: 'GET' as const, path }))];
  const table = routes.map(({ method, path }) => ({
    method,
    pattern: pathPattern(path),
  }));
  return (request, response) => {
    const methods = new Set<string>(table.filter((row) => row.pattern.test(request.path)).map((row) => row.method));
    if (methods.size === 0) throw notFound(`There is no ${request.path}`);
    if (methods.has('GET')) methods.add('HEAD');
    const allow = [...methods].sort();
    if (request.method === 'OPTIONS') {
      response
        .status(204)
        .setHeader('Allow', [...allow, 'OPTIONS'].join(', '))
        .end();
      return;
    }
    throw problem('method-not-allowed', `${request.path} does not know ${request.method}`, { allow });
  };
}

/** Recognises the paths of a route, whose parameters are written `:name`. */
export function pathPattern(path: string): RegExp {
  const segments = path.split('/').map((segment) => (segment.startsWith(':') ? '[^/]+' : RegExp.escape(segment)));
  return new RegExp(`^${segments.join('/')}$`);
}

/** All routes of a contract, however deep. */
export function routesOf(router: AppRouter): AppRoute[] {
  return Object.values(router).flatMap((entry) => (isAppRoute(entry) ? [entry] : routesOf(entry)));
}
