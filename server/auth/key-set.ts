// The public keys of the token issuer, downloaded as a JSON Web Key Set (RFC 7517, section 5). The set is refreshed
// every minute and when a token names an unknown key. During an outage of the issuer, the known keys stay valid.

import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey, type RemoteJWKSet } from 'jose';
import type { Logger } from 'pino';
import { createUnavailableProblem, type RequestProblem } from '../domain/problem.ts';

type KeySetOptions = {
  url: string;
  log: Logger;
  /** The longest time for one download, in milliseconds. */
  timeoutMs: number;
  /** Milliseconds since the epoch. */
  now(): number;
};

/** How long a withdrawn key stays valid at most, unless the issuer is unreachable. */
const freshMs = 60_000;
/** The shortest time between two downloads, however many unknown keys tokens name. */
const pauseMs = 5_000;

export class KeySet implements Disposable {
  readonly #options: KeySetOptions;
  readonly #stopping = new AbortController();
  readonly #keys: RemoteJWKSet;
  #refreshedAtMs = Number.NEGATIVE_INFINITY;
  #triedAtMs = Number.NEGATIVE_INFINITY;
  /** The error of the latest download; undefined: it succeeded. */
  #failure: Error | undefined;

  constructor(options: KeySetOptions) {
    this.#options = options;
    const stop = this.#stopping.signal;
    this.#keys = createRemoteJWKSet(new URL(options.url), {
      timeoutDuration: options.timeoutMs,
      // This class decides when to download. jose's own limits would reject known keys as soon as a download fails, and
      // would download again with each request during an outage, because its cooldown begins with a success.
      cacheMaxAge: Number.POSITIVE_INFINITY,
      cooldownDuration: Number.POSITIVE_INFINITY,
      [customFetch]: (url, init) => fetch(url, { ...init, signal: AbortSignal.any([stop, init.signal]) }),
    });
    void this.#refresh();
  }

  [Symbol.dispose](): void {
    this.#stopping.abort();
  }

  /**
   * Finds the key that a token names.
   * @throws RequestProblem `unavailable`: the key is unknown and the issuer is unreachable
   * @throws JOSEError the issuer does not publish the key
   */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    if (!this.#isWithin(freshMs, this.#refreshedAtMs)) {
      const refreshing = this.#refresh();
      // During an outage, requests do not wait for the download.
      if (!this.#hasKeys || !this.#failure) await refreshing;
    }
    if (!this.#hasKeys) throw this.#toProblem();
    try {
      return await this.#keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.#refresh();
      if (this.#failure) throw this.#toProblem();
      return this.#keys(header, token);
    }
  };

  get #hasKeys(): boolean {
    return Number.isFinite(this.#refreshedAtMs);
  }

  #toProblem(): RequestProblem {
    return createUnavailableProblem('The keys that verify tokens cannot be downloaded right now.', {
      cause: this.#failure,
    });
  }

  /** Downloads the keys, unless a download began in the last 5 s. Concurrent calls share a download. Never rejects. */
  async #refresh(): Promise<void> {
    const { log, url, now } = this.#options;
    if (!this.#keys.reloading) {
      if (this.#isWithin(pauseMs, this.#triedAtMs)) return;
      this.#triedAtMs = now();
    }
    try {
      await this.#keys.reload();
      this.#refreshedAtMs = now();
      if (this.#failure) log.info({ url }, 'key set download recovered');
      this.#failure = undefined;
    } catch (cause) {
      const failure = new Error('key set download failed', { cause });
      if (!this.#failure && !this.#stopping.signal.aborted) log.warn({ err: failure, url }, failure.message);
      this.#failure = failure;
    }
  }

  #isWithin(durationMs: number, sinceMs: number): boolean {
    const ageMs = this.#options.now() - sinceMs;
    return ageMs >= 0 && ageMs < durationMs;
  }
}
