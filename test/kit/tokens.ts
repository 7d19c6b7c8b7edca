// Tokens for tests, of every kind.

import { type CryptoKey, SignJWT } from 'jose';
import { scopeNames } from '../../contract/scopes.ts';
import type { Authentication } from '../../server/config/authentication.ts';

export const tokenSecret = 'a secret of the tests, with 32 bytes and more';
export const tokenIssuer = 'https://issuer.test';
export const tokenAudience = 'orders';

/** The configuration of a service that takes tokens signed with the secret. */
export const secretAuthentication: Authentication = {
  kind: 'secret',
  secret: tokenSecret,
  issuer: tokenIssuer,
  audience: tokenAudience,
  maxAgeS: 86_400,
};

const everyScope = scopeNames.join(' ');

type TokenOptions = {
  /** Claims besides those of a good token, or in their place; undefined takes one away. */
  claims?: Record<string, unknown>;
  header?: { alg: string; kid?: string };
  key?: CryptoKey | Uint8Array;
  /** When it is issued, in milliseconds since the epoch. @default now */
  nowMs?: number;
};

/** A token that is good, but for what is said otherwise: of ann, with every scope, for an hour. */
export async function createToken(options: TokenOptions = {}): Promise<string> {
  const {
    claims,
    header = { alg: 'HS256' },
    key = new TextEncoder().encode(tokenSecret),
    nowMs = Date.now(),
  } = options;
  const iat = Math.floor(nowMs / 1_000);
  const good = { sub: 'ann', scope: everyScope, iss: tokenIssuer, aud: tokenAudience, iat, exp: iat + 3_600 };
  return new SignJWT({ ...good, ...claims }).setProtectedHeader(header).sign(key);
}

/** The header that bears a token. */
export function toBearerHeader(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}
