// What a request to an endpoint goes through: its caller is admitted and counted, its body read; then it is answered.

import type { Logger } from 'pino';
import type { Authenticator } from '../../auth/authenticator.ts';
import { admission } from '../guards/authorization.ts';
import { answerProblem } from '../problems/send-problem.ts';
import { type RateLimit, rateLimits } from '../rate-limit/rate-limits.ts';
import type { Counter } from '../rate-limit/window-counter.ts';
import { jsonBody } from '../request/body.ts';
import { parseQuery } from '../request/query.ts';
import type { ServiceRequest, ServiceResponse } from '../request/request.ts';
import type { Endpoint } from './endpoints.ts';
import { paramsOf, type Route } from './route-table.ts';

export type EndpointServerOptions = {
  log: Logger;
  /** Who knows callers by their tokens; undefined where nobody is asked who they are. */
  authenticator: Authenticator | undefined;
  maxBodyBytes: number;
  /** How often one caller may ask; undefined: as often as they like. */
  rateLimit: RateLimit | undefined;
  /** Makes what the limit of this name is counted by; undefined: in the memory of this process. */
  newCounter: ((limit: string) => Counter) | undefined;
  /** Milliseconds since the epoch. */
  now(): number;
};

/** @throws ProblemError the request is refused before anything has to be waited for */
type Serve = (route: Route<Endpoint>, request: ServiceRequest, response: ServiceResponse) => void;

export function endpointServer({ authenticator, maxBodyBytes, rateLimit, ...options }: EndpointServerOptions): Serve {
  const limits = rateLimit && rateLimits({ rateLimit, ...options });
  const admit = admission(authenticator, limits?.spendRefusedToken);
  const readBody = jsonBody(maxBodyBytes);

  const serve: Serve = (route, request, response) => {
    const admitting = admit(request, response, route.target.scopes);
    if (!admitting) return serveAdmitted(route, request, response);
    admitting
      .then(() => {
        // A body that is cut short could be taken for none.
        if (!request.complete && !request.socket.readable) response.destroy();
        else serveAdmitted(route, request, response);
      })
      .catch((error) => answerProblem(request, response, error));
  };

  const serveAdmitted: Serve = (route, request, response) => {
    if (route.target.scopes !== null) limits?.spendRequest(request, response);
    request.params = paramsOf(route);
    request.query = parseQuery(request.search);
    readBody(request, response, (error) => {
      if (error) answerProblem(request, response, error);
      else route.target.answer(request, response);
    });
  };

  return serve;
}
