// Lets a request to an endpoint through: whoever sends it is known, and may do what the endpoint does.

import type { Scope } from '../../../contract/scopes.ts';
import { type Authenticator, hasBearerScheme } from '../../auth/authenticator.ts';
import type { Principal } from '../../auth/principal.ts';
import { createTokenProblem } from '../../auth/token-errors.ts';
import { createProblem, RequestProblem } from '../../domain/problem.ts';
import type { ServiceRequest, ServiceResponse } from '../request/request.ts';

/**
 * Returns where the request is let through; a promise where that takes a moment.
 * @throws ProblemError `unauthenticated`, `forbidden` with the first scope that lacks, `unavailable`, and what is
 *   thrown at a refused token; with the promise, too
 */
type Authorize = (
  request: ServiceRequest,
  response: ServiceResponse,
  scopes: readonly Scope[] | null,
) => Promise<void> | undefined;

/** Told of every token that is not accepted. What it throws is answered instead. */
type OnRejectedToken = (request: ServiceRequest, response: ServiceResponse) => void;

/** Without an authenticator nobody is asked who they are. Scopes of null admit everybody, whatever token they have. */
export function createAuthorizer(
  authenticator: Authenticator | undefined,
  onRefusedToken: OnRejectedToken = () => {},
): Authorize {
  if (!authenticator) return () => undefined;
  return (request, response, scopes) => {
    if (scopes === null) return undefined;
    const { authorization } = request.headers;
    const principal = authorization === undefined ? undefined : authenticator.findCached(authorization);
    if (!principal) return authenticateAndCheck(authenticator, onRefusedToken, request, response, scopes);
    checkScopes(request, response, principal, scopes);
    return undefined;
  };
}

async function authenticateAndCheck(
  authenticator: Authenticator,
  onRefusedToken: OnRejectedToken,
  request: ServiceRequest,
  response: ServiceResponse,
  scopes: readonly Scope[],
): Promise<void> {
  const { authorization } = request.headers;
  if (!hasBearerScheme(authorization)) {
    // Nothing more where there is no token (RFC 6750, section 3).
    response.setHeader('WWW-Authenticate', 'Bearer');
    throw createTokenProblem('This needs a token: Authorization: Bearer, and the token after a space.');
  }
  const principal = await authenticator.authenticate(authorization).catch((error: unknown) => {
    if (error instanceof RequestProblem && error.code === 'unauthenticated') {
      onRefusedToken(request, response);
      response.setHeader('WWW-Authenticate', 'Bearer error="invalid_token"');
    }
    throw error;
  });
  checkScopes(request, response, principal, scopes);
}

function checkScopes(
  request: ServiceRequest,
  response: ServiceResponse,
  principal: Principal,
  scopes: readonly Scope[],
): void {
  request.principal = principal;
  const scope = scopes.find((name) => !principal.scopes.has(name));
  if (scope === undefined) return;
  // RFC 6750, section 3.1.
  response.setHeader('WWW-Authenticate', `Bearer error="insufficient_scope", scope="${scopes.join(' ')}"`);
  throw createProblem('forbidden', `This needs a token with the scope '${scope}'.`, { scope });
}
