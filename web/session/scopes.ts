// The scopes of the signed-in user, for display: the service authorizes every request.

import { type Identity, type KnownAction, requiredScopes } from '@order-workflow/client';

/**
 * A sentence that names the scope that an action requires and the caller does not have. Returns undefined if the action
 * is permitted, or if the scopes are not known yet.
 */
export function describeMissingScope(
  action: KnownAction | 'create',
  identity: Identity | undefined,
): string | undefined {
  const missing = identity && requiredScopes[action].find((scope) => !identity.scopes.includes(scope));
  return missing ? `Your token does not have the scope ${missing}` : undefined;
}
