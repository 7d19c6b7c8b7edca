// Signs a token with the secret of the configuration, for development: who has the secret can be anybody.

import { SignJWT } from 'jose';
import { parseScopes, scopeNames } from '../../contract/scopes.ts';
import { isValidSubject } from '../auth/principal.ts';
import type { Authentication } from '../config/authentication.ts';
import { StartupError } from '../shared/startup-error.ts';

type TokenOrder = {
  /** Whose token it is. */
  sub: string;
  /** Scopes with a space in between. */
  scope: string;
  /** When it expires, as in `30s`, `15m`, `1h`, `7d`. */
  expires: string;
};

const unitsS: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** @throws StartError the token would not be accepted, or cannot be signed */
export async function signToken(order: TokenOrder, authentication: Authentication | undefined): Promise<string> {
  const faults = [...faultsOf(order, authentication?.maxAgeS)];
  if (authentication?.kind !== 'secret') faults.push('JWT_SECRET: is needed to sign a token, and not with AUTH=off');
  if (authentication?.kind !== 'secret' || faults.length > 0) throw new StartupError(faults);
  const { secret, issuer, audience } = authentication;
  const token = new SignJWT({ scope: order.scope })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(order.sub)
    .setIssuedAt()
    .setExpirationTime(`${secondsOf(order.expires)} s`);
  if (issuer !== undefined) token.setIssuer(issuer);
  if (audience !== undefined) token.setAudience(audience);
  return token.sign(new TextEncoder().encode(secret));
}

function* faultsOf({ sub, scope, expires }: TokenOrder, maxAgeS = Number.POSITIVE_INFINITY): Generator<string> {
  if (!isValidSubject(sub)) yield '--sub: must say in 1 to 255 characters whose token it is';
  const unknown = parseScopes(scope).filter((name) => !scopeNames.some((known) => known === name));
  if (unknown.length > 0) yield `--scope: knows ${scopeNames.join(', ')}; not ${unknown.join(', ')}`;
  const seconds = secondsOf(expires);
  if (seconds === undefined) yield '--expires: must be a number with a unit, as in 30s, 15m, 1h or 7d';
  else if (seconds > maxAgeS) yield `--expires: must not be beyond ${maxAgeS}s, as JWT_MAX_AGE_S says`;
}

function secondsOf(text: string): number | undefined {
  const [, amount, unit = ''] = /^([1-9]\d{0,7})([smhd])$/.exec(text) ?? [];
  return amount === undefined ? undefined : Number(amount) * (unitsS[unit] ?? 0);
}
