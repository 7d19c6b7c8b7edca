// Keeps pages of other origins from driving the service. The address of a request proves nothing on loopback: any page
// in the browser of the same machine can reach it.

import { contract } from '../../../contract/index.ts';
import { createProblem } from '../../domain/problem.ts';
import { isLoopback } from '../../shared/loopback.ts';
import type { ServiceRequest } from '../request/request.ts';

export type AllowedOrigins = {
  /** Host names besides loopback that requests may be addressed to, in lower case. */
  allowedHosts: readonly string[];
  /** The origins whose pages may use the service, besides its own. */
  corsOrigins: readonly string[];
};

/** What asks whether the service is alive calls it by whatever address it has. */
export const probePaths: readonly string[] = Object.values(contract.health).map(({ path }) => path);

/**
 * Refuses requests that a page of another origin makes and, where nobody is asked who they are, requests for foreign
 * hosts (a rebound name).
 * @param areTokensNeeded whether callers have to show a token: a rebound name has none
 * @throws ProblemError `forbidden`
 */
export function createOriginGuard(
  { allowedHosts, corsOrigins }: AllowedOrigins,
  areTokensNeeded: boolean,
): (request: ServiceRequest) => void {
  const refuseOthers = (host: string) => {
    const name = toHostName(host);
    if (isLoopback(name) || allowedHosts.includes(name)) return;
    throw createProblem('forbidden', `The host '${host}' is not one that this service answers for.`, { host });
  };
  return (request) => {
    if (probePaths.includes(request.pathname)) return;
    if (!areTokensNeeded) {
      const host = request.headers.host ?? '';
      refuseOthers(host);
      // A proxy may call the service by another name than it was called by itself.
      if (request.caller.host !== host) refuseOthers(request.caller.host);
    }
    const origin = findForeignOrigin(request);
    if (origin !== undefined && !corsOrigins.includes(origin))
      throw createProblem('forbidden', `Pages of '${origin}' may not use this service.`, { origin });
  };
}

/** The origin of the page that made the request, where it is not the service's own; undefined for all other callers. */
function findForeignOrigin(request: ServiceRequest): string | undefined {
  const { origin } = request.headers;
  if (origin !== undefined) return parseOriginHost(origin) === request.caller.host.toLowerCase() ? undefined : origin;
  if (request.headers['sec-fetch-site'] !== 'cross-site' || isNavigation(request)) return undefined;
  return 'another site';
}

/** Following a link to the service is harmless: the page that has the link sees nothing of the answer. */
function isNavigation({ method, headers }: ServiceRequest): boolean {
  return method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
}

/** The host and port of an origin (RFC 6454, section 6.2); undefined for `null` and nonsense. */
function parseOriginHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

function toHostName(host: string): string {
  return host.replace(/:\d*$/, '').toLowerCase();
}
