// What a token says of its owner, for display alone: nothing is verified here, the service decides.

import { type Action, parseScopes, requiredScopes } from '../../client/index.ts';

export type Identity = { subject: string; scopes: ReadonlySet<string> };

/** Null where the text is no token. */
export function parseIdentity(token: string): Identity | null {
  try {
    const { sub, scope = '' } = JSON.parse(decoded(token.split('.')[1] ?? ''));
    return typeof sub === 'string' ? { subject: sub, scopes: new Set(parseScopes(String(scope))) } : null;
  } catch {
    return null;
  }
}

/** UTF-8 in base64url. */
function decoded(part: string): string {
  const bytes = atob(part.replaceAll('-', '+').replaceAll('_', '/'));
  return new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
}

/** Why this person may not do this, or undefined where they may. Without authentication everybody may. */
export function findMissingScope(action: Action | 'create', identity: Identity | null): string | undefined {
  const lacking = identity && requiredScopes[action].find((scope) => !identity.scopes.has(scope));
  return lacking ? `Your token lacks the scope ${lacking}` : undefined;
}
