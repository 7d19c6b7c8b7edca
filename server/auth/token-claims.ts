// Reads the claims of verified tokens, whose names and shapes differ between issuers.

import type { JWTPayload } from 'jose';
import { parseScopes } from '../../contract/scopes.ts';
import type { ClaimSettings, RequiredClaim } from '../config/claim-settings.ts';
import { createTokenProblem, describeMissingClaim, otherAudience } from './token-errors.ts';

/**
 * Returns the scopes in all configured claims, without their prefix.
 * @throws RequestProblem `unauthenticated`: a claim has another type
 */
export function readScopes(payload: JWTPayload, { scopeClaims, scopePrefix }: ClaimSettings): Set<string> {
  const scopes = scopeClaims.flatMap((name) => {
    const claim = readClaim(payload, name);
    if (claim === undefined) return [];
    if (typeof claim === 'string') return parseScopes(claim);
    if (isListOfTexts(claim)) return claim;
    throw createTokenProblem(`The '${name}' claim must be scopes separated by spaces, or a list of scopes.`);
  });
  return new Set(
    scopes.filter((scope) => scope.startsWith(scopePrefix)).map((scope) => scope.slice(scopePrefix.length)),
  );
}

/**
 * Checks a claim that names the audience instead of `aud`.
 * @throws RequestProblem `unauthenticated`
 */
export function checkAudience(payload: JWTPayload, audienceClaim: string, audiences: readonly string[]): void {
  const claim = readClaim(payload, audienceClaim);
  if (claim === undefined) throw createTokenProblem(describeMissingClaim(audienceClaim));
  const values: readonly unknown[] = isListOfTexts(claim) ? claim : [claim];
  if (!audiences.some((audience) => values.includes(audience))) {
    throw createTokenProblem(otherAudience);
  }
}

/** @throws RequestProblem `unauthenticated`: a required claim is absent or has another value */
export function checkRequiredClaims(payload: JWTPayload, requiredClaims: readonly RequiredClaim[]): void {
  for (const { name, value } of requiredClaims) {
    const claim = readClaim(payload, name);
    if (claim === undefined) throw createTokenProblem(describeMissingClaim(name));
    if (!isRequiredValue(claim, value)) throw createTokenProblem(`The '${name}' claim has another value.`);
  }
}

/** Numbers and booleans are compared as JSON, such as in `email_verified=true`. */
function isRequiredValue(claim: unknown, value: string): boolean {
  if (isListOfTexts(claim)) return claim.includes(value);
  return ['string', 'number', 'boolean'].includes(typeof claim) && String(claim) === value;
}

/** Every object also inherits members such as `constructor`, which are no claims. */
function readClaim(payload: JWTPayload, name: string): unknown {
  return Object.hasOwn(payload, name) ? payload[name] : undefined;
}

function isListOfTexts(claim: unknown): claim is string[] {
  return Array.isArray(claim) && claim.every((entry) => typeof entry === 'string');
}
