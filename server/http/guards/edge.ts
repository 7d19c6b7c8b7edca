// The edge of the service: what is told to every caller, and what is refused whatever it asks for. What is not
// configured is not on the path of a request.

import type { ServiceRequest, ServiceResponse } from '../request/request.ts';
import { callerFinder, type TrustedProxies } from './client-address.ts';
import { crossOriginAccess } from './cors.ts';
import { requireSecurity } from './https.ts';
import { type AllowedSources, originGuard } from './origins.ts';
import { refuseDoubtfulHead } from './request-head.ts';
import type { SecurityHeaders } from './security-headers.ts';

export type EdgeOptions = AllowedSources & {
  /** The proxies in front of the service; undefined: none, and forwarded headers mean nothing. */
  trustedProxies: TrustedProxies | undefined;
  /** Whether what comes by plain HTTP is refused. */
  isHttpsRequired: boolean;
};

type Edge = {
  /** Tells a request where it comes from, and its answer what all answers say. */
  receive(request: ServiceRequest, response: ServiceResponse): void;
  /** @throws ProblemError of a request that nobody may send here: `forbidden`, and what is wrong with its head */
  refuse(request: ServiceRequest, response: ServiceResponse): void;
};

/** @param areTokensNeeded whether callers have to show a token */
export function createEdge(options: EdgeOptions, areTokensNeeded: boolean, { dressAnswer }: SecurityHeaders): Edge {
  const { corsOrigins, trustedProxies, isHttpsRequired } = options;
  const callerOf = callerFinder(trustedProxies);
  const allowOrigins = corsOrigins.length > 0 ? crossOriginAccess(corsOrigins) : undefined;
  const refusePlain = isHttpsRequired ? requireSecurity : undefined;
  const guard = originGuard(options, areTokensNeeded);
  return {
    receive: (request, response) => {
      request.caller = callerOf(request);
      dressAnswer(response);
      allowOrigins?.(request, response);
    },
    refuse: (request, response) => {
      refuseDoubtfulHead(request);
      refusePlain?.(request, response);
      guard(request);
    },
  };
}
