// Compares the issuer and the audience of a rejected token with those that the service expects, for its log line. A
// wrong setting is otherwise hard to distinguish from a wrong token.

import { decodeJwt } from 'jose';
import type { Authentication } from '../config/authentication.ts';

/** Texts for the log, JSON if the claim is no text; undefined: the claim is absent or, if expected, not checked. */
type LoggedClaims = { issuer: string | undefined; audience: string | undefined };

/** The issuer and audience that the service expects, and those of a token. */
export type ClaimMismatch = { expected: LoggedClaims; received: LoggedClaims };

/** The most characters of a claim that are logged. */
const maxLength = 200;

/**
 * Returns the issuer and the audience of a token if they are not as expected. The token need not be valid: its claims
 * may be those of an attacker.
 */
export function findClaimMismatch(
  token: string,
  { issuer, audiences, claimSettings: { audienceClaim } }: Authentication,
): ClaimMismatch | undefined {
  const claims = decodeClaims(token);
  if (claims === undefined) return undefined;
  const { iss, [audienceClaim]: audience } = claims;
  const received = [audience].flat();
  const isExpected =
    (issuer === undefined || iss === issuer) &&
    (audiences === undefined || audiences.some((expected) => received.includes(expected)));
  if (isExpected) return undefined;
  return {
    expected: { issuer: toLogged(issuer), audience: toLogged(audiences) },
    received: { issuer: toLogged(iss), audience: toLogged(audience) },
  };
}

function decodeClaims(token: string): Record<string, unknown> | undefined {
  try {
    return { ...decodeJwt(token) };
  } catch {
    return undefined;
  }
}

/** Escapes control and formatting characters: a terminal would execute or hide them. */
function toLogged(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text === undefined) return undefined;
  const escaped = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${character.codePointAt(0)?.toString(16)}}`;
  });
  return escaped.length > maxLength ? `${escaped.slice(0, maxLength)}…` : escaped;
}
