// Rejects requests that pages of other origins make. Listening on loopback only is no protection: any page that is open
// in a browser on the same machine can send requests to it.

import { contract } from '../../../contract/index.ts';
import type { HttpConfig } from '../../config/http.ts';
import { createProblem } from '../../domain/problem.ts';
import { normalizeAuthority, normalizeHost } from '../../shared/authority.ts';
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
  const isKnownHost = createHostCheck(allowedHosts);
  const rejectUnknownHost = (host: string) => {
    if (isKnownHost(host)) return;
    throw createProblem('forbidden', `The host '${host}' is not a host of this service.`, { host });
  };
  return (request) => {
    if (probePaths.includes(request.pathname)) return;
    if (!hasAuthentication) {
      rejectUnknownHost(request.authority);
      // The proxy may use another host name for the service than the client used for the proxy.
      if (request.caller.host !== request.authority) rejectUnknownHost(request.caller.host);
    }
    const origin = findForeignOrigin(request);
    if (origin !== undefined && !corsOrigins.includes(origin))
      throw createProblem('forbidden', `Pages of '${origin}' may not call this service.`, { origin });
  };
}

/** Creates the check whether an authority has a loopback name or an allowed host. */
function createHostCheck(allowedHosts: readonly string[]): (authority: string) => boolean {
  // Almost all requests are addressed to one host, and parsing it takes longer than the rest of the guard.
  let latestKnown: string | undefined;
  return (authority) => {
    if (authority === latestKnown) return true;
    const host = normalizeHost(authority);
    const isKnown = host !== undefined && (isLoopback(host) || allowedHosts.includes(host));
    if (isKnown) latestKnown = authority;
    return isKnown;
  };
}

/** Returns the origin of the page that made the request; undefined for pages of the service and for other clients. */
function findForeignOrigin(request: ServiceRequest): string | undefined {
  const { origin, 'sec-fetch-site': site } = request.headers;
  // Only the browser sets this header (Fetch Metadata, section 2.3), and it knows the URL that the page used. The host
  // that arrives may be another one, because proxies replace it.
  if (site === 'same-origin') return undefined;
  if (origin !== undefined) return isOwnOrigin(origin, request) ? undefined : origin;
  return site === 'cross-site' && !isNavigation(request) ? 'another site' : undefined;
}

/** Following a link to the service is harmless: the page with the link cannot read the response. */
function isNavigation({ method, headers }: ServiceRequest): boolean {
  return method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
}

/**
 * Whether an origin (RFC 6454, section 6.2) is that of the service. A request over plain HTTP also matches an HTTPS
 * origin, because a proxy may have terminated TLS. `null` and other schemes are foreign.
 */
function isOwnOrigin(origin: string, { caller }: ServiceRequest): boolean {
  const [, schemeText, authority = ''] = /^(https?:)\/\/(.*)$/i.exec(origin) ?? [];
  if (schemeText === undefined) return false;
  const scheme = schemeText.toLowerCase() === 'https:' ? 'https:' : 'http:';
  if (caller.isSecure && scheme === 'http:') return false;
  const own = normalizeAuthority(caller.host, scheme);
  return own !== undefined && own === normalizeAuthority(authority, scheme);
}
