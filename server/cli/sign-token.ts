// Signs tokens with JWT_SECRET, for development. The holder of the secret can act as any subject.

import { SignJWT } from 'jose';
import { parseScopes, scopeNames } from '../../contract/scopes.ts';
import { isValidSubject } from '../auth/principal.ts';
import type { Authentication } from '../config/authentication.ts';
import { StartupError } from '../shared/startup-error.ts';

type TokenRequest = {
  /** The subject of the token. */
  sub: string;
  /** Scopes separated by spaces. */
  scope: string;
  /** The lifetime, as in `30s`, `15m`, `1h` or `7d`. */
  expires: string;
};

const secondsPerUnit: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** @throws StartupError the service would reject the token, or the configuration has no secret */
export async function signToken(request: TokenRequest, authentication: Authentication | undefined): Promise<string> {
  const reasons = [...findRequestErrors(request, authentication?.maxAgeS)];
  if (authentication?.kind !== 'secret') reasons.push('JWT_SECRET: is required, and AUTH must not be off');
  if (authentication?.kind !== 'secret' || reasons.length > 0) throw new StartupError(reasons);
  const { secret, issuer, claimSettings } = authentication;
  const token = new SignJWT(buildClaims(request, authentication))
    .setProtectedHeader({ alg: 'HS256', typ: claimSettings.requiredTyp ?? 'JWT' })
    .setSubject(request.sub)
    .setIssuedAt()
    .setExpirationTime(`${parseDurationS(request.expires)} s`);
  if (issuer !== undefined) token.setIssuer(issuer);
  return token.sign(new TextEncoder().encode(secret));
}

/** Builds the claims under the names that the service expects. */
function buildClaims({ scope }: TokenRequest, { audiences, claimSettings }: Authentication): Record<string, string> {
  const { scopeClaims, scopePrefix, audienceClaim, requiredClaims } = claimSettings;
  const [scopeClaim = 'scope'] = scopeClaims;
  const [audience] = audiences ?? [];
  return {
    ...Object.fromEntries(requiredClaims.map(({ name, value }) => [name, value])),
    [scopeClaim]: parseScopes(scope)
      .map((name) => scopePrefix + name)
      .join(' '),
    ...(audience !== undefined && { [audienceClaim]: audience }),
  };
}

function* findRequestErrors(
  { sub, scope, expires }: TokenRequest,
  maxAgeS = Number.POSITIVE_INFINITY,
): Generator<string> {
  if (!isValidSubject(sub)) yield '--sub: must be a subject of 1 to 255 characters';
  const unknown = parseScopes(scope).filter((name) => !scopeNames.some((known) => known === name));
  if (unknown.length > 0) yield `--scope: must be scopes of ${scopeNames.join(', ')}; unknown: ${unknown.join(', ')}`;
  const durationS = parseDurationS(expires);
  if (durationS === undefined) yield '--expires: must be a number with a unit, as in 30s, 15m, 1h or 7d';
  else if (durationS > maxAgeS) yield `--expires: must not exceed JWT_MAX_AGE_S, which is ${maxAgeS}s`;
}

/** Returns the duration in seconds, or undefined if the text is invalid. */
function parseDurationS(text: string): number | undefined {
  const [, amount, unit = ''] = /^([1-9]\d{0,7})([smhd])$/.exec(text) ?? [];
  return amount === undefined ? undefined : Number(amount) * (secondsPerUnit[unit] ?? 0);
}
