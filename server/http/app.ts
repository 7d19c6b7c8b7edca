// The path of a request: known by an id and logged, kept from foreign pages, its route found, its caller admitted and
// counted, its body read, judged by the contract, handled; and whatever goes wrong on the way answered as a problem.

import type { Logger } from 'pino';
import type { Authenticator } from '../tokens/authenticator.ts';
import { admission } from './admission.ts';
import { jsonBody } from './body.ts';
import { createEdge, type EdgeOptions } from './edge.ts';
import { createEndpoints, type Endpoint } from './endpoints.ts';
import type { ServiceRequest, ServiceResponse } from './exchange.ts';
import { latePages } from './pages.ts';
import { answerProblem } from './problem-responses.ts';
import { parseQuery, refuseNul, splitUrl } from './query.ts';
import { type RateLimit, rateLimits } from './rate-limits.ts';
import { identify } from './request-context.ts';
import { requestLog } from './request-log.ts';
import { paramsOf, type Route } from './route-table.ts';
import type { Services } from './services.ts';
import { answerUnknown } from './unknown-routes.ts';

export type AppOptions = EdgeOptions & {
  services: Services;
  log: Logger;
  /** Who knows callers by their tokens; undefined where nobody is asked who they are. */
  authenticator: Authenticator | undefined;
  maxBodyBytes: number;
  /** How often one caller may ask; undefined: as often as they like. */
  rateLimit: RateLimit | undefined;
};

export type App = (request: ServiceRequest, response: ServiceResponse) => void;

export function createApp(options: AppOptions): App {
  const { services, log, authenticator, maxBodyBytes, rateLimit } = options;
  const endpoints = createEndpoints(services);
  const pages = latePages();
  const logEnd = requestLog(log);
  const edge = createEdge(options, authenticator !== undefined);
  const limits = rateLimit && rateLimits({ rateLimit, log, now: services.now });
  const admit = admission(authenticator, limits?.spendRefusedToken);
  const readBody = jsonBody(maxBodyBytes);

  const serve = (
    route: Route<Endpoint>,
    search: string,
    request: ServiceRequest,
    response: ServiceResponse,
    fail: (error: unknown) => void,
  ) => {
    if (route.target.scopes !== null) limits?.spendRequest(request, response);
    request.params = paramsOf(route);
    request.query = parseQuery(search);
    readBody(request, response, (error) => (error ? fail(error) : route.target.answer(request, response, fail)));
  };

  const servePage = (request: ServiceRequest, response: ServiceResponse, fail: (error: unknown) => void) => {
    edge.dressPage(response);
    pages(request, response, (error) => {
      edge.undressPage(response);
      if (error) fail(error);
      else answerUnknown(endpoints, request, response);
    });
  };

  return (request, response) => {
    const fail = (error: unknown) => answerProblem(request, response, error);
    const { pathname, search } = splitUrl(request.url ?? '/');
    request.pathname = pathname;
    identify(request, response);
    edge.receive(request, response);
    logEnd(request, response);
    try {
      edge.refuse(request, response);
      refuseNul('/path', pathname);
      const route = endpoints.find(request.method ?? 'GET', pathname);
      // Express would answer OPTIONS by itself, from the pages alone.
      if (!route && request.method === 'OPTIONS') return answerUnknown(endpoints, request, response);
      if (!route) return servePage(request, response, fail);
      const admitting = admit(request, response, route.target.scopes);
      if (!admitting) return serve(route, search, request, response, fail);
      admitting
        .then(() => {
          // A body that is cut short could be taken for none.
          if (!request.complete && !request.socket.readable) response.destroy();
          else serve(route, search, request, response, fail);
        })
        .catch(fail);
    } catch (error) {
      fail(error);
    }
  };
}
