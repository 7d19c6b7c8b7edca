// The authenticated caller of a request, from the claims of a token.

import type { JWTPayload } from 'jose';
import type { ClaimSettings } from '../config/claim-settings.ts';
import { readScopes } from './token-claims.ts';
import { createTokenProblem } from './token-errors.ts';

export type Principal = {
  /** The subject of the token. It is stored with every change that the principal makes. */
  readonly id: string;
  /** The scopes of the token. Unknown scopes are included and have no effect. */
  readonly scopes: ReadonlySet<string>;
  /** When the token expires, in milliseconds since the epoch. */
  readonly expiresAtMs: number;
};

/** 1 to 255 characters, without control characters, line separators and lone surrogates: safe in logs and databases. */
const subjectPattern = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]{1,255}$/u;

export function isValidSubject(sub: unknown): sub is string {
  return typeof sub === 'string' && subjectPattern.test(sub);
}

/**
 * Converts the payload of a verified token.
 * @throws RequestProblem `unauthenticated`
 */
export function toPrincipal(payload: JWTPayload, settings: ClaimSettings, expiresAtMs: number): Principal {
  const { sub } = payload;
  if (!isValidSubject(sub)) {
    throw createTokenProblem("The 'sub' claim must be a string of 1 to 255 characters without control characters.");
  }
  return { id: sub, scopes: readScopes(payload, settings), expiresAtMs };
}
