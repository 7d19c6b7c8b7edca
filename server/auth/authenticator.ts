// Tells who sends a request by its bearer token (RFC 6750), a signed JSON Web Token (RFC 7519). What is not verified is
// not believed, and the algorithms are named here, never by the token (RFC 8725, section 3.1).

import { type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose';
import type { Logger } from 'pino';
import type { Authentication } from '../config/authentication.ts';
import { RequestProblem } from '../domain/problem.ts';
import { KeySet } from './key-set.ts';
import { type Principal, toPrincipal } from './principal.ts';
import { TokenCache } from './token-cache.ts';
import { toTokenProblem } from './token-errors.ts';

export type AuthenticatorOptions = {
  authentication: Authentication;
  log: Logger;
  /** How long the server of a key set may take to answer. */
  keySetTimeoutMs: number;
  /** Milliseconds since the epoch. */
  now(): number;
};

/** How far the clocks of the issuer and of the service may differ, in seconds. */
const clockToleranceS = 5;
/** How many verified tokens are remembered. */
const maxRemembered = 5_000;
/** How long a token is believed without a look at the key set, from which its key may have been withdrawn. */
const believedMs = 60_000;

/** RFC 7518, section 3.1, and RFC 8037: signatures, whose public keys make no tokens. */
const asymmetricAlgorithms = ['RS', 'PS', 'ES'].flatMap((family) => ['256', '384', '512'].map((size) => family + size));

type Trust = {
  key: CryptoKey | JWTVerifyGetKey;
  algorithms: string[];
  believedMs: number;
  [Symbol.dispose](): void;
};

export class Authenticator implements Disposable {
  readonly #verified = new TokenCache(maxRemembered);
  readonly #trust: Trust;
  readonly #terms: JWTVerifyOptions;
  readonly #maxAgeS: number;
  readonly #now: () => number;

  static async open(options: AuthenticatorOptions): Promise<Authenticator> {
    return new Authenticator(await openTrust(options), options);
  }

  private constructor(trust: Trust, { authentication, now }: AuthenticatorOptions) {
    const { issuer, audience, maxAgeS } = authentication;
    this.#trust = trust;
    this.#now = now;
    this.#maxAgeS = maxAgeS;
    this.#terms = {
      algorithms: trust.algorithms,
      requiredClaims: ['sub', 'exp'],
      // A token that never expires, or in a thousand years, must end all the same.
      maxTokenAge: maxAgeS,
      clockTolerance: clockToleranceS,
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    };
  }

  [Symbol.dispose](): void {
    this.#trust[Symbol.dispose]();
  }

  /** Who has sent these credentials, where that was found out a short while ago; else `identify` finds out. */
  findCached(credentials: string): Principal | undefined {
    return this.#verified.find(credentials, this.#now());
  }

  /**
   * Who has sent these credentials: the value of the Authorization header.
   * @throws ProblemError `unauthenticated`: the token is not accepted; `unavailable`: its key cannot be fetched now
   */
  async authenticate(credentials: string): Promise<Principal> {
    const token = extractToken(credentials);
    const payload = await this.#verify(token);
    const principal = toPrincipal(payload, this.#endMs(payload));
    // Under the one usual spelling: of others there are many, and each would be remembered for itself.
    this.#verified.add(
      `Bearer ${token}`,
      principal,
      Math.min(principal.expiresAtMs, this.#now() + this.#trust.believedMs),
    );
    return principal;
  }

  async #verify(token: string): Promise<JWTPayload> {
    const terms = { ...this.#terms, currentDate: new Date(this.#now()) };
    try {
      // The library has a function for keys and one for what finds them, of the same name.
      const verifying = jwtVerify(token, this.#trust.key as CryptoKey, terms);
      return (await verifying).payload;
    } catch (error) {
      throw error instanceof RequestProblem ? error : toTokenProblem(error);
    }
  }

  #endMs({ exp = 0, iat = 0 }: JWTPayload): number {
    return (Math.min(exp, iat + this.#maxAgeS) + clockToleranceS) * 1_000;
  }
}

async function openTrust({ authentication, log, keySetTimeoutMs, now }: AuthenticatorOptions): Promise<Trust> {
  if (authentication.kind === 'key-set') {
    const keys = new KeySet({ url: authentication.url, log, timeoutMs: keySetTimeoutMs, now });
    const algorithms = [...asymmetricAlgorithms, 'EdDSA', 'Ed25519'];
    return { key: keys.find, algorithms, believedMs, [Symbol.dispose]: () => keys[Symbol.dispose]() };
  }
  const bytes = new TextEncoder().encode(authentication.secret);
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  return { key, algorithms: ['HS256'], believedMs: Number.POSITIVE_INFINITY, [Symbol.dispose]: () => {} };
}

/** Whether a token is offered at all. The name of the scheme is the same in any case (RFC 9110, section 11.1). */
export function hasBearerScheme(credentials: string | undefined): credentials is string {
  return /^bearer(?: |$)/i.test(credentials ?? '');
}

/** @throws ProblemError `unauthenticated` */
function extractToken(credentials: string): string {
  const token = /^bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(credentials)?.[1];
  if (token === undefined || !isCanonical(token)) throw toTokenProblem(undefined);
  return token;
}

/** Whether each part is the one way to write its bytes: the last character of base64url can have bits to spare. */
function isCanonical(token: string): boolean {
  return token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
}
