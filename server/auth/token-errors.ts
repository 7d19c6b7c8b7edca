// Why a token is not accepted, in plain words. Nothing of the token is repeated: refusals are shown and kept.

import { errors } from 'jose';
import { createProblem, type RequestProblem } from '../domain/problem.ts';

/** A token that is not accepted, or not there. */
export function createTokenProblem(detail: string, cause?: unknown): RequestProblem {
  return createProblem('unauthenticated', detail, {}, { cause });
}

/** What the library has thrown about a token, as a refusal. */
export function toTokenProblem(error: unknown): RequestProblem {
  return createTokenProblem(detailOf(error), error);
}

function detailOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return expiries[error.claim] ?? unreadable;
  if (error instanceof errors.JWTClaimValidationFailed) return claimDetail(error);
  const code = error instanceof errors.JOSEError ? error.code : '';
  return details[code] ?? unreadable;
}

const unreadable = 'The token cannot be read: it must be a signed JSON Web Token in its compact form.';

const details: Record<string, string> = {
  ERR_JOSE_ALG_NOT_ALLOWED: 'The token is signed by an algorithm that is not accepted.',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'The signature of the token is wrong.',
  ERR_JWKS_NO_MATCHING_KEY: 'The token is signed with a key that is not known.',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'The token does not say which of several keys it is signed with.',
};

const expiries: Record<string, string> = {
  exp: 'The token has expired.',
  iat: 'The token was issued too long ago.',
};

const mismatches: Record<string, string> = {
  iss: 'The token is from another issuer.',
  aud: 'The token is for another audience.',
  nbf: 'The token is not valid yet.',
  iat: 'The token was issued in the future.',
};

/** `claim` is one that the service asks for, never one that only the token knows. */
function claimDetail({ claim, reason }: errors.JWTClaimValidationFailed): string {
  if (reason === 'missing') return `The token has no '${claim}' claim.`;
  if (reason === 'invalid') return `The '${claim}' claim of the token must be a number.`;
  return mismatches[claim] ?? unreadable;
}
