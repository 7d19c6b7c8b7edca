// The path of a request: known by an id and logged, kept from foreign pages, and handed to its endpoint or its page;
// and whatever goes wrong on the way answered as a problem.

import type { Logger } from 'pino';
import { createLazyPages, type Pages } from './docs/pages.ts';
import { createEdge, type EdgeOptions } from './guards/edge.ts';
import { createSecurityHeaders } from './guards/security-headers.ts';
import type { Services } from './handlers/services.ts';
import { sendProblem } from './problems/send-problem.ts';
import { rejectNul, splitUrl } from './request/query.ts';
import type { ServiceRequest, ServiceResponse } from './request/request.ts';
import { assignRequestId } from './request/request-context.ts';
import { createRequestLog } from './request/request-log.ts';
import { createEndpointServer, type EndpointServerOptions } from './routing/endpoint-server.ts';
import { createEndpoints } from './routing/endpoints.ts';
import type { RouteTable } from './routing/route-table.ts';
import { handleUnknownRoute } from './routing/unknown-routes.ts';

export type AppOptions = EdgeOptions & Omit<EndpointServerOptions, 'now'> & { services: Services; log: Logger };

export type App = (request: ServiceRequest, response: ServiceResponse) => void;

export function createApp(options: AppOptions): App {
  const { services, log, authenticator } = options;
  const areTokensNeeded = authenticator !== undefined;
  const security = createSecurityHeaders(areTokensNeeded);
  const edge = createEdge(options, areTokensNeeded, security);
  const logEnd = createRequestLog(log);
  const endpoints = createEndpoints(services);
  const serveEndpoint = createEndpointServer({ ...options, now: services.now });
  const servePage = pageServer(createLazyPages(security), endpoints);

  return (request, response) => {
    const { pathname, search } = splitUrl(request.url ?? '/');
    request.pathname = pathname;
    request.search = search;
    assignRequestId(request, response);
    edge.receive(request, response);
    logEnd(request, response);
    try {
      edge.refuse(request, response);
      rejectNul('/path', pathname);
      const route = endpoints.find(request.method ?? 'GET', pathname);
      if (route) serveEndpoint(route, request, response);
      else servePage(request, response);
    } catch (error) {
      sendProblem(request, response, error);
    }
  };
}

/** Answers what is no request to an endpoint: with a page, or by saying that there is none. */
function pageServer(pages: Pages, endpoints: RouteTable<unknown>): App {
  return (request, response) => {
    // Express would answer OPTIONS by itself, from the pages alone.
    if (request.method === 'OPTIONS') return handleUnknownRoute(endpoints, request, response);
    pages(request, response, (error) => {
      if (error) sendProblem(request, response, error);
      else handleUnknownRoute(endpoints, request, response);
    });
  };
}
