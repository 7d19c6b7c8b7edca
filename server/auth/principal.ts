// Who asks, as a token says it.

import type { JWTPayload } from 'jose';
import { parseScopes } from '../../contract/scopes.ts';
import { createTokenProblem } from './token-errors.ts';

export type Principal = {
  /** The subject of the token: kept with everything that is done in its name. */
  readonly id: string;
  /** What the token allows. Scopes that the service does not know are among them, and do nothing. */
  readonly scopes: ReadonlySet<string>;
  /** When the token ends, in milliseconds since the epoch. */
  readonly expiresAtMs: number;
};

/** 1 to 255 characters, none of which a log, a page or a database could stumble over. */
const saneSubject = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]{1,255}$/u;

export function isValidSubject(sub: unknown): sub is string {
  return typeof sub === 'string' && saneSubject.test(sub);
}

/**
 * Reads the claims of a token whose signature is right, and which ends then.
 * @throws ProblemError `unauthenticated`
 */
export function toPrincipal({ sub, scope = '' }: JWTPayload, expiresAtMs: number): Principal {
  if (!isValidSubject(sub)) {
    throw createTokenProblem("The 'sub' claim must be a text of 1 to 255 characters, without control characters.");
  }
  if (typeof scope !== 'string')
    throw createTokenProblem("The 'scope' claim must be a text: scopes with a space in between.");
  return { id: sub, scopes: new Set(parseScopes(scope)), expiresAtMs };
}
