// Handler for the identity of the caller.

import { scopeNames } from '../../../contract/scopes.ts';
import { anonymousId } from '../request/request-context.ts';
import type { Handlers } from '../routing/handler-types.ts';

/** Creates the handlers of the `identity` routes of the contract. */
export function createIdentityHandlers(): Handlers<'identity'> {
  return {
    get: async ({ req: { principal } }) => {
      if (!principal) return { status: 200, body: { id: anonymousId, scopes: [...scopeNames], expiresAt: null } };
      const { id, scopes, expiresAtMs } = principal;
      const known = scopeNames.filter((name) => scopes.has(name));
      return { status: 200, body: { id, scopes: known, expiresAt: new Date(expiresAtMs).toISOString() } };
    },
  };
}
