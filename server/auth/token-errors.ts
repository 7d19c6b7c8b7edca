// Converts errors of the JWT library to problems. Details must not contain any part of the token: clients may log them.

import { errors } from 'jose';
import { createProblem, type RequestProblem } from '../domain/problem.ts';

/** Creates the problem for a missing or rejected token. */
export function createTokenProblem(detail: string, cause?: unknown): RequestProblem {
  return createProblem('unauthenticated', detail, {}, { cause });
}

/** Converts an error of the JWT library. Unknown errors mean that the token is malformed. */
export function toTokenProblem(error: unknown): RequestProblem {
  return createTokenProblem(describeTokenError(error), error);
}

/** Describes a token without a required claim. */
export function describeMissingClaim(name: string): string {
  return `The token has no '${name}' claim.`;
}

/** Describes a token whose audience is none of those of the service. */
export const otherAudience = 'The token is for another audience.';

function describeTokenError(error: unknown): string {
  if (error instanceof errors.JWTExpired) return expiryDetails[error.claim] ?? malformed;
  if (error instanceof errors.JWTClaimValidationFailed) return describeClaimError(error);
  const code = error instanceof errors.JOSEError ? error.code : '';
  return codeDetails[code] ?? malformed;
}

const malformed = 'The token is malformed: it must be a signed JSON Web Token in compact form.';

const codeDetails: Record<string, string> = {
  ERR_JOSE_ALG_NOT_ALLOWED: 'The signature algorithm of the token is not allowed.',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'The signature of the token is invalid.',
  ERR_JWKS_NO_MATCHING_KEY: 'The token is signed with an unknown key.',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'The token does not name its key, and several keys match.',
};

const expiryDetails: Record<string, string> = {
  exp: 'The token has expired.',
  iat: 'The token was issued too long ago.',
};

const mismatchDetails: Record<string, string> = {
  iss: 'The token is from another issuer.',
  aud: otherAudience,
  typ: 'The token is of another type.',
  nbf: 'The token is not valid yet.',
  iat: 'The token was issued in the future.',
};

/** The `claim` of the error is one that the service checks, never the name of another claim in the token. */
function describeClaimError({ claim, reason }: errors.JWTClaimValidationFailed): string {
  if (reason === 'missing') return describeMissingClaim(claim);
  if (reason === 'invalid') return `The '${claim}' claim of the token must be a number.`;
  return mismatchDetails[claim] ?? malformed;
}
