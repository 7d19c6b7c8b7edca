// Authenticates the callers of endpoints and checks that their tokens have the required scopes.

import type { Scope } from '../../../contract/scopes.ts';
import { type Authenticator, hasBearerScheme } from '../../auth/authenticator.ts';
import type { Principal } from '../../auth/principal.ts';
import { createTokenProblem } from '../../auth/token-errors.ts';
import { createMissingScopeProblem, RequestProblem } from '../../domain/problem.ts';
import { TurnQueue } from '../../shared/turn-queue.ts';
import type { Step } from '../pipeline.ts';
import type { ServiceRequest, ServiceResponse } from '../request/request.ts';

/** Requests whose token was verified, and not found in the cache. */
const authenticated = new TurnQueue();

/** Called for every rejected token. An error that it throws is sent instead of `unauthenticated`. */
type OnRejectedToken = (request: ServiceRequest, response: ServiceResponse) => void;

/**
 * Creates the step that authenticates callers and checks their scopes. It returns a promise only if the token is not in
 * the cache of the authenticator. An endpoint whose scopes are null is open to everyone, even with an invalid token.
 * @throws RequestProblem `unauthenticated`, `forbidden` naming all missing scopes, `unavailable`
 */
export function createAuthorizer(authenticator: Authenticator, onRejectedToken: OnRejectedToken = () => {}): Step {
  return (request, response) => {
    const scopes = request.endpoint?.target.scopes ?? null;
    if (scopes === null) return undefined;
    const { authorization } = request.headers;
    const principal = authorization === undefined ? undefined : authenticator.findCached(authorization);
    if (!principal) return authenticateAndCheck(authenticator, onRejectedToken, request, response, scopes);
    checkScopes(request, response, principal, scopes);
    return undefined;
  };
}

async function authenticateAndCheck(
  authenticator: Authenticator,
  onRejectedToken: OnRejectedToken,
  request: ServiceRequest,
  response: ServiceResponse,
  scopes: readonly Scope[],
): Promise<void> {
  const { authorization } = request.headers;
  if (!hasBearerScheme(authorization)) {
    // Without a token, the challenge must not contain an error code (RFC 6750, section 3.1).
    response.setHeader('WWW-Authenticate', 'Bearer');
    throw createTokenProblem('This endpoint requires a token: send the header Authorization: Bearer <token>.');
  }
  const principal = await authenticator.authenticate(authorization).catch((error: unknown) => {
    if (error instanceof RequestProblem && error.code === 'unauthenticated') {
      response.rejectionReason = error.message;
      response.claimMismatch = authenticator.findClaimMismatch(authorization);
      onRejectedToken(request, response);
      response.setHeader('WWW-Authenticate', 'Bearer error="invalid_token"');
    }
    throw error;
  });
  // Many requests may have waited for the same token. Each continues in its own turn, so that the limits of the caller
  // apply to the second one when the first is executed.
  await authenticated.next();
  checkScopes(request, response, principal, scopes);
}

function checkScopes(
  request: ServiceRequest,
  response: ServiceResponse,
  principal: Principal,
  scopes: readonly Scope[],
): void {
  request.principal = principal;
  const missing = scopes.find((scope) => !principal.scopes.has(scope));
  if (missing === undefined) return;
  // RFC 6750, section 3.1.
  response.setHeader('WWW-Authenticate', `Bearer error="insufficient_scope", scope="${scopes.join(' ')}"`);
  const others = scopes.filter((scope) => scope !== missing && !principal.scopes.has(scope));
  throw createMissingScopeProblem(missing, 'This endpoint', others);
}
