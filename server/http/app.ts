// The request path: every step that a request passes through, in order.

import type { Logger } from 'pino';
import type { Authenticator } from '../auth/authenticator.ts';
import type { HttpConfig } from '../config/http.ts';
import { BufferedBytes } from './caller-limits/buffered-bytes.ts';
import { createRateLimits } from './caller-limits/rate-limits.ts';
import type { RateCounter } from './caller-limits/window-counter.ts';
import { createAuthorizer } from './guards/authorization.ts';
import { createCallerResolver } from './guards/client-address.ts';
import { createCorsHeaders } from './guards/cors.ts';
import { requireHttps } from './guards/https.ts';
import { createOriginGuard } from './guards/origins.ts';
import { rejectAmbiguousHead } from './guards/request-head.ts';
import { createSecurityHeaders } from './guards/security-headers.ts';
import type { Services } from './handlers/services.ts';
import { createRequestLog } from './logging/request-log.ts';
import { createPipeline } from './pipeline.ts';
import { createBodyReader } from './request/body.ts';
import type { ServiceRequest, ServiceResponse } from './request/request.ts';
import { assignRequestId } from './request/request-context.ts';
import { createTargetParser, rejectNulInPath } from './request/target.ts';
import { callEndpoint, createByteLimiter, createRequestCounter, parseParameters } from './routing/endpoint-steps.ts';
import { createEndpoints } from './routing/endpoints.ts';
import { createPageServer } from './routing/page-server.ts';
import { createRouter } from './routing/router.ts';
import { createUnknownRouteHandler } from './routing/unknown-routes.ts';

export type AppOptions = HttpConfig & {
  services: Services;
  log: Logger;
  /** Verifies tokens. Undefined: callers do not authenticate. */
  authenticator: Authenticator | undefined;
  /** Creates the counter of the rate limit with this name. Undefined: requests are counted in memory. */
  createCounter: ((limit: string) => RateCounter) | undefined;
};

/** Serves one request. */
export type App = (request: ServiceRequest, response: ServiceResponse) => void;

/** Creates the request path. Steps that are not configured are not part of it. */
export function createApp(options: AppOptions): App {
  const { services, authenticator, corsOrigins, rateLimit } = options;
  const hasAuthentication = authenticator !== undefined;
  const endpoints = createEndpoints(services);
  const limits = rateLimit && createRateLimits({ ...options, rateLimit, now: services.now });
  const securityHeaders = createSecurityHeaders(hasAuthentication);

  return createPipeline([
    createTargetParser(options.basePath),
    assignRequestId,
    securityHeaders.setApiHeaders,
    createRequestLog({ log: options.log, now: services.now }),
    createCallerResolver(options.trustedProxies),
    corsOrigins.length > 0 && createCorsHeaders(corsOrigins),
    rejectAmbiguousHead,
    options.isHttpsRequired && requireHttps,
    createOriginGuard(options, hasAuthentication),
    rejectNulInPath,
    createRouter(endpoints, {
      endpoint: [
        authenticator && createAuthorizer(authenticator, limits?.countRejectedToken),
        limits && createRequestCounter(limits),
        createByteLimiter(new BufferedBytes(options), limits),
        parseParameters,
        createBodyReader(options.maxBodyBytes),
        callEndpoint,
      ],
      other: [
        createPageServer({ ...options, hasAuthentication }, securityHeaders),
        createUnknownRouteHandler(endpoints),
      ],
    }),
  ]);
}
