// Authenticates requests by bearer tokens (RFC 6750) that are signed JSON Web Tokens (RFC 7519). The allowed algorithms
// are fixed here; a token never chooses them (RFC 8725, section 3.1).

import { type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose';
import type { Logger } from 'pino';
import type { Authentication } from '../config/authentication.ts';
import { RequestProblem } from '../domain/problem.ts';
import { type ClaimMismatch, findClaimMismatch } from './claim-mismatch.ts';
import { KeySet } from './key-set.ts';
import { type Principal, toPrincipal } from './principal.ts';
import { TokenCache } from './token-cache.ts';
import { checkAudience, checkRequiredClaims } from './token-claims.ts';
import { toTokenProblem } from './token-errors.ts';

export type AuthenticatorOptions = {
  authentication: Authentication;
  log: Logger;
  /** The longest time for downloading a key set, in milliseconds. */
  keySetTimeoutMs: number;
  /** Milliseconds since the epoch. */
  now(): number;
};

/** The largest difference between the clocks of the issuer and of the service, in seconds. */
const clockToleranceS = 5;
const maxCachedTokens = 5_000;
/** How long a token signed with a key of a key set is cached: the issuer may withdraw the key. */
const keySetCacheMs = 60_000;

/**
 * Algorithms whose key pair has a public key that verifies tokens but cannot sign them (RFC 7518, section 3.1, and
 * RFC 8037).
 */
const asymmetricAlgorithms = [
  ...['RS', 'PS', 'ES'].flatMap((family) => ['256', '384', '512'].map((size) => family + size)),
  ...['EdDSA', 'Ed25519'],
];

type Verification = {
  key: CryptoKey | JWTVerifyGetKey;
  algorithms: string[];
  /** How long a verified token is cached at most, in milliseconds. */
  cacheMs: number;
  [Symbol.dispose](): void;
};

export class Authenticator implements Disposable {
  readonly #cache = new TokenCache(maxCachedTokens);
  readonly #verification: Verification;
  readonly #requirements: JWTVerifyOptions;
  readonly #authentication: Authentication;
  readonly #now: () => number;
  /** Whether `aud` names the audience, so that the library checks it. */
  readonly #hasStandardAudience: boolean;

  static async open(options: AuthenticatorOptions): Promise<Authenticator> {
    return new Authenticator(await openVerification(options), options);
  }

  private constructor(verification: Verification, { authentication, now }: AuthenticatorOptions) {
    const { issuer, audiences, claimSettings, maxAgeS } = authentication;
    this.#verification = verification;
    this.#authentication = authentication;
    this.#now = now;
    this.#hasStandardAudience = claimSettings.audienceClaim === 'aud';
    this.#requirements = {
      algorithms: verification.algorithms,
      requiredClaims: ['sub', 'exp'],
      // Limits tokens with a distant `exp`.
      maxTokenAge: maxAgeS,
      clockTolerance: clockToleranceS,
      ...(issuer !== undefined && { issuer }),
      ...(this.#hasStandardAudience && audiences !== undefined && { audience: [...audiences] }),
      ...(claimSettings.requiredTyp !== undefined && { typ: claimSettings.requiredTyp }),
    };
  }

  [Symbol.dispose](): void {
    this.#verification[Symbol.dispose]();
  }

  /**
   * Returns the principal of a token that was verified before; undefined: use `authenticate`.
   * @param credentials the value of the Authorization header
   */
  findCached(credentials: string): Principal | undefined {
    return this.#cache.find(credentials, this.#now());
  }

  /**
   * Verifies a token and returns its principal.
   * @param credentials the value of the Authorization header
   * @throws RequestProblem `unauthenticated`: the token is rejected; `unavailable`: its key cannot be downloaded now
   */
  async authenticate(credentials: string): Promise<Principal> {
    const token = extractToken(credentials);
    const payload = await this.#verify(token);
    const { audiences, claimSettings } = this.#authentication;
    if (audiences !== undefined && !this.#hasStandardAudience) {
      checkAudience(payload, claimSettings.audienceClaim, audiences);
    }
    checkRequiredClaims(payload, claimSettings.requiredClaims);
    const principal = toPrincipal(payload, claimSettings, this.#toExpiryMs(payload));
    const usableUntilMs = Math.min(principal.expiresAtMs, this.#now() + this.#verification.cacheMs);
    // Cached under one spelling of the scheme only, so that a token occupies at most one entry.
    this.#cache.add(`Bearer ${token}`, principal, usableUntilMs);
    return principal;
  }

  /**
   * Returns the issuer and the audience of rejected credentials, for the log; undefined: they are as expected, or there
   * are none.
   */
  findClaimMismatch(credentials: string): ClaimMismatch | undefined {
    return findClaimMismatch(credentials.replace(/^bearer +/i, ''), this.#authentication);
  }

  async #verify(token: string): Promise<JWTPayload> {
    const requirements = { ...this.#requirements, currentDate: new Date(this.#now()) };
    try {
      // `jwtVerify` has one overload for keys and one for functions that find them, but none for their union.
      const { payload } = await jwtVerify(token, this.#verification.key as CryptoKey, requirements);
      return payload;
    } catch (error) {
      throw error instanceof RequestProblem ? error : toTokenProblem(error);
    }
  }

  #toExpiryMs({ exp = 0, iat = 0 }: JWTPayload): number {
    return (Math.min(exp, iat + this.#authentication.maxAgeS) + clockToleranceS) * 1_000;
  }
}

async function openVerification(options: AuthenticatorOptions): Promise<Verification> {
  const { authentication, log, keySetTimeoutMs, now } = options;
  if (authentication.kind === 'key-set') {
    const keys = new KeySet({ url: authentication.url, log, timeoutMs: keySetTimeoutMs, now });
    return {
      key: keys.find,
      algorithms: asymmetricAlgorithms,
      cacheMs: keySetCacheMs,
      [Symbol.dispose]: () => keys[Symbol.dispose](),
    };
  }
  const bytes = new TextEncoder().encode(authentication.secret);
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  return { key, algorithms: ['HS256'], cacheMs: Number.POSITIVE_INFINITY, [Symbol.dispose]: () => {} };
}

/** Whether the Authorization header has the bearer scheme. Schemes are case-insensitive (RFC 9110, section 11.1). */
export function hasBearerScheme(credentials: string | undefined): credentials is string {
  return /^bearer(?: |$)/i.test(credentials ?? '');
}

/** @throws RequestProblem `unauthenticated` */
function extractToken(credentials: string): string {
  const token = /^bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(credentials)?.[1];
  if (token === undefined || !isCanonical(token)) throw toTokenProblem(undefined);
  return token;
}

/** Whether each part is the canonical base64url text of its bytes: the last character can have unused bits. */
function isCanonical(token: string): boolean {
  return token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
}
