// The edge of the service: what is told to every caller, and what is refused whatever it asks for. What is not
// configured is not on the path of a request.

import type { TrustedProxies } from '../../config/http.ts';
import type { ServiceRequest, ServiceResponse } from '../request/request.ts';
import { createCallerResolver } from './client-address.ts';
import { createCorsHeaders } from './cors.ts';
import { requireHttps } from './https.ts';
import { type AllowedOrigins, createOriginGuard } from './origins.ts';
import { rejectAmbiguousHead } from './request-head.ts';
import type { SecurityHeaders } from './security-headers.ts';

export type EdgeOptions = AllowedOrigins & {
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
export function createEdge(options: EdgeOptions, areTokensNeeded: boolean, { setApiHeaders }: SecurityHeaders): Edge {
  const { corsOrigins, trustedProxies, isHttpsRequired } = options;
  const callerOf = createCallerResolver(trustedProxies);
  const allowOrigins = corsOrigins.length > 0 ? createCorsHeaders(corsOrigins) : undefined;
  const refusePlain = isHttpsRequired ? requireHttps : undefined;
  const guard = createOriginGuard(options, areTokensNeeded);
  return {
    receive: (request, response) => {
      request.caller = callerOf(request);
      setApiHeaders(response);
      allowOrigins?.(request, response);
    },
    refuse: (request, response) => {
      rejectAmbiguousHead(request);
      refusePlain?.(request, response);
      guard(request);
    },
  };
}
