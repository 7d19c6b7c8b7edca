// The path of a request: known by an id and logged, kept from foreign pages, its route found, its body read, judged by
// the contract, handled; and whatever goes wrong on the way answered as a problem.

import type { Logger } from 'pino';
import { jsonBody } from './body.ts';
import { createEndpoints } from './endpoints.ts';
import type { ServiceRequest, ServiceResponse } from './exchange.ts';
import { refuseDoubtfulHead } from './head.ts';
import { originGuard } from './origin-guard.ts';
import { createPages } from './pages.ts';
import { answerProblem } from './problem-responses.ts';
import { parseQuery, refuseNul, splitUrl } from './query.ts';
import { identify } from './request-context.ts';
import { requestLog } from './request-log.ts';
import type { Services } from './services.ts';
import { answerUnknown } from './unknown-routes.ts';

export type AppOptions = {
  services: Services;
  log: Logger;
  maxBodyBytes: number;
  allowedHosts: readonly string[];
};

export type App = (request: ServiceRequest, response: ServiceResponse) => void;

export function createApp({ services, log, maxBodyBytes, ...guardOptions }: AppOptions): App {
  const endpoints = createEndpoints(services);
  const pages = createPages();
  const logEnd = requestLog(log);
  const guard = originGuard(guardOptions);
  const readBody = jsonBody(maxBodyBytes);

  return (request, response) => {
    const fail = (error: unknown) => answerProblem(request, response, error);
    const { pathname, search } = splitUrl(request.url ?? '/');
    request.pathname = pathname;
    identify(request, response);
    logEnd(request, response);
    try {
      refuseDoubtfulHead(request);
      guard(request);
      refuseNul('/path', pathname);
      const route = endpoints.find(request.method ?? 'GET', pathname);
      // Express would answer OPTIONS by itself, from the pages alone.
      if (!route && request.method === 'OPTIONS') return answerUnknown(endpoints, request, response);
      if (!route) {
        pages(request, response, (error) => (error ? fail(error) : answerUnknown(endpoints, request, response)));
        return;
      }
      request.params = route.params;
      request.query = parseQuery(search);
      readBody(request, response, (error) => (error ? fail(error) : route.target(request, response, fail)));
    } catch (error) {
      fail(error);
    }
  };
}
