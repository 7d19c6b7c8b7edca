// What a request to an endpoint goes through: its caller is admitted and counted, its body read; then it is answered.

import type { Logger } from 'pino';
import type { Authenticator } from '../../auth/authenticator.ts';
import type { RateLimit } from '../../config/http.ts';
import { createAuthorizer } from '../guards/authorization.ts';
import { sendProblem } from '../problems/send-problem.ts';
import { createRateLimits } from '../rate-limit/rate-limits.ts';
import type { RateCounter } from '../rate-limit/window-counter.ts';
import { createJsonBodyReader } from '../request/body.ts';
import { parseQuery } from '../request/query.ts';
import type { ServiceRequest, ServiceResponse } from '../request/request.ts';
import type { Endpoint } from './endpoints.ts';
import { parseParams, type Route } from './route-table.ts';

export type EndpointServerOptions = {
  log: Logger;
  /** Who knows callers by their tokens; undefined where nobody is asked who they are. */
  authenticator: Authenticator | undefined;
  maxBodyBytes: number;
  /** How often one caller may ask; undefined: as often as they like. */
  rateLimit: RateLimit | undefined;
  /** Makes what the limit of this name is counted by; undefined: in the memory of this process. */
  createCounter: ((limit: string) => RateCounter) | undefined;
  /** Milliseconds since the epoch. */
  now(): number;
};

/** @throws ProblemError the request is refused before anything has to be waited for */
type Serve = (route: Route<Endpoint>, request: ServiceRequest, response: ServiceResponse) => void;

export function createEndpointServer({
  authenticator,
  maxBodyBytes,
  rateLimit,
  ...options
}: EndpointServerOptions): Serve {
  const limits = rateLimit && createRateLimits({ rateLimit, ...options });
  const admit = createAuthorizer(authenticator, limits?.countRejectedToken);
  const readBody = createJsonBodyReader(maxBodyBytes);

  const serve: Serve = (route, request, response) => {
    const admitting = admit(request, response, route.target.scopes);
    if (!admitting) return serveAdmitted(route, request, response);
    admitting
      .then(() => {
        // A body that is cut short could be taken for none.
        if (!request.complete && !request.socket.readable) response.destroy();
        else serveAdmitted(route, request, response);
      })
      .catch((error) => sendProblem(request, response, error));
  };

  const serveAdmitted: Serve = (route, request, response) => {
    if (route.target.scopes !== null) limits?.countRequest(request, response);
    request.params = parseParams(route);
    request.query = parseQuery(request.search);
    readBody(request, response, (error) => {
      if (error) sendProblem(request, response, error);
      else route.target.handle(request, response);
    });
  };

  return serve;
}
