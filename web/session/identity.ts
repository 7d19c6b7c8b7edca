// Reads the subject and the scopes of a token for display. The signature is not verified: the service authorizes
// every request.

import { type Action, parseScopes, requiredScopes } from '../../client/index.ts';

/** The owner of a token: claim `sub`, and the scopes in claim `scope`. */
export type Identity = { subject: string; scopes: ReadonlySet<string> };

/** Parses the claims of a JWT. Returns null if the text is not a token with a subject. */
export function parseIdentity(token: string): Identity | null {
  try {
    const { sub, scope = '' } = JSON.parse(decodeBase64Url(token.split('.')[1] ?? ''));
    return typeof sub === 'string' ? { subject: sub, scopes: new Set(parseScopes(String(scope))) } : null;
  } catch {
    return null;
  }
}

function decodeBase64Url(part: string): string {
  const bytes = atob(part.replaceAll('-', '+').replaceAll('_', '/'));
  return new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
}

/**
 * A sentence that names the scope that an action requires and the token does not have. Returns undefined if the action
 * is permitted. Without a token, every action is permitted.
 */
export function describeMissingScope(action: Action | 'create', identity: Identity | null): string | undefined {
  const missing = identity && requiredScopes[action].find((scope) => !identity.scopes.has(scope));
  return missing ? `Your token does not have the scope ${missing}` : undefined;
}
