// Access tokens and the configuration that accepts them.

import { type CryptoKey, SignJWT } from 'jose';
import { scopeNames } from '../../../contract/scopes.ts';
import type { Authentication } from '../../../server/config/authentication.ts';
import { defaultClaimSettings } from '../../../server/config/claim-settings.ts';

export const tokenSecret = 'a secret of the tests, with 32 bytes and more';
export const tokenIssuer = 'https://issuer.test';
export const tokenAudience = 'orders';

/** Configuration of a service that accepts tokens signed with `tokenSecret`. */
export const secretAuthentication: Authentication = {
  kind: 'secret',
  secret: tokenSecret,
  issuer: tokenIssuer,
  audiences: [tokenAudience],
  claimSettings: defaultClaimSettings,
  maxAgeS: 86_400,
};

const everyScope = scopeNames.join(' ');

type TokenOptions = {
  /** Additional or replaced claims; `undefined` removes a claim. */
  claims?: Record<string, unknown>;
  header?: { alg: string; kid?: string; typ?: string };
  key?: CryptoKey | Uint8Array;
  /** Time of issue in milliseconds since the epoch. @default now */
  nowMs?: number;
};

/** Creates a token: by default a valid one of the user `ann` with every scope, which expires after an hour. */
export async function createToken(options: TokenOptions = {}): Promise<string> {
  const {
    claims,
    header = { alg: 'HS256' },
    key = new TextEncoder().encode(tokenSecret),
    nowMs = Date.now(),
  } = options;
  const iat = Math.floor(nowMs / 1_000);
  const validClaims = { sub: 'ann', scope: everyScope, iss: tokenIssuer, aud: tokenAudience, iat, exp: iat + 3_600 };
  return new SignJWT({ ...validClaims, ...claims }).setProtectedHeader(header).sign(key);
}

/** Returns the `Authorization` header with a bearer token. */
export function toBearerHeader(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}
