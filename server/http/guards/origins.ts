// Rejects requests that pages of other origins make. Listening on loopback only is no protection: any page that is open
// in a browser on the same machine can send requests to it.

import { contract } from '../../../contract/index.ts';
import type { HttpConfig } from '../../config/http.ts';
import { createProblem } from '../../domain/problem.ts';
import { isLoopback } from '../../shared/loopback.ts';
import type { ServiceRequest } from '../request/request.ts';

type AllowedOrigins = Pick<HttpConfig, 'allowedHosts' | 'corsOrigins'>;

/** Health checks are exempt from the checks of host, origin and HTTPS: probes call a node by its IP address. */
export const probePaths: readonly string[] = Object.values(contract.health).map(({ path }) => path);

/**
 * Creates the step that rejects requests of pages of other origins and, without authentication, requests for unknown
 * hosts. The latter protects against DNS rebinding: the page of an attacker whose host name resolves to this service.
 * @param hasAuthentication with authentication all hosts are accepted: such a page has no token
 * @throws RequestProblem `forbidden`
 */
export function createOriginGuard(
  { allowedHosts, corsOrigins }: AllowedOrigins,
  hasAuthentication: boolean,
): (request: ServiceRequest) => void {
  const rejectUnknownHost = (host: string) => {
    const name = toHostName(host);
    if (isLoopback(name) || allowedHosts.includes(name)) return;
    throw createProblem('forbidden', `The host '${host}' is not a host of this service.`, { host });
  };
  return (request) => {
    if (probePaths.includes(request.pathname)) return;
    if (!hasAuthentication) {
      const host = request.headers.host ?? '';
      rejectUnknownHost(host);
      // The proxy may use another host name for the service than the client used for the proxy.
      if (request.caller.host !== host) rejectUnknownHost(request.caller.host);
    }
    const origin = findForeignOrigin(request);
    if (origin !== undefined && !corsOrigins.includes(origin))
      throw createProblem('forbidden', `Pages of '${origin}' may not call this service.`, { origin });
  };
}

/** Returns the origin of the page that made the request; undefined for pages of the service and for other clients. */
function findForeignOrigin(request: ServiceRequest): string | undefined {
  const { origin } = request.headers;
  if (origin !== undefined) return parseOriginHost(origin) === request.caller.host.toLowerCase() ? undefined : origin;
  if (request.headers['sec-fetch-site'] !== 'cross-site' || isNavigation(request)) return undefined;
  return 'another site';
}

/** Following a link to the service is harmless: the page with the link cannot read the response. */
function isNavigation({ method, headers }: ServiceRequest): boolean {
  return method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
}

/** Returns host and port of an origin (RFC 6454, section 6.2); undefined for `null` and for invalid origins. */
function parseOriginHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

function toHostName(host: string): string {
  return host.replace(/:\d*$/, '').toLowerCase();
}
