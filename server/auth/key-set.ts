// The public keys that tokens may be signed with, as their issuer publishes them (RFC 7517, section 5). They are asked
// for again each minute and for an unknown key; while they cannot be fetched, those that are known go on working.

import { createLocalJWKSet, errors, type JWTVerifyGetKey, type LocalJWKSet } from 'jose';
import type { Logger } from 'pino';
import { type RequestProblem, unavailable } from '../domain/problem.ts';

type KeySetOptions = {
  url: string;
  log: Logger;
  /** How long the fetching may take. */
  timeoutMs: number;
  /** Milliseconds since the epoch. */
  now(): number;
};

/** So long a key works on after it was withdrawn, at the most, unless its issuer cannot be reached. */
const freshMs = 60_000;
/** The least time between two fetches, however many unknown keys are asked for. */
const pauseMs = 5_000;

export class KeySet implements Disposable {
  readonly #options: KeySetOptions;
  readonly #stopping = new AbortController();
  #keys: LocalJWKSet | undefined;
  #fetchedAtMs = Number.NEGATIVE_INFINITY;
  #triedAtMs = Number.NEGATIVE_INFINITY;
  /** Why the latest fetch has failed, where it has. */
  #failure: Error | undefined;
  #fetching: Promise<void> | undefined;

  constructor(options: KeySetOptions) {
    this.#options = options;
    void this.#fetch();
  }

  [Symbol.dispose](): void {
    this.#stopping.abort();
  }

  /**
   * The key that a token says it is signed with.
   * @throws ProblemError `unavailable`: it cannot be told now
   * @throws JOSEError there is none
   */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    if (!this.#isWithin(freshMs, this.#fetchedAtMs)) {
      const fetching = this.#fetch();
      // Nobody waits for an issuer that has lately not answered.
      if (!this.#keys || !this.#failure) await fetching;
    }
    if (!this.#keys) throw this.#unavailable();
    try {
      return await this.#keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.#fetch();
      if (this.#failure) throw this.#unavailable();
      return this.#keys(header, token);
    }
  };

  #unavailable(): RequestProblem {
    const detail = 'The keys that tokens are signed with cannot be fetched right now.';
    return unavailable(detail, { cause: this.#failure });
  }

  /** Fetches the keys, unless that was tried just now. All who ask meanwhile wait for the same fetch. */
  #fetch(): Promise<void> {
    if (this.#fetching) return this.#fetching;
    if (this.#isWithin(pauseMs, this.#triedAtMs)) return Promise.resolve();
    this.#triedAtMs = this.#options.now();
    this.#fetching = this.#replaceKeys().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #replaceKeys(): Promise<void> {
    const { log } = this.#options;
    try {
      this.#keys = createLocalJWKSet(await this.#download());
      this.#fetchedAtMs = this.#options.now();
      if (this.#failure) log.info('the keys of tokens can be fetched again');
      this.#failure = undefined;
    } catch (cause) {
      const failure = new Error('the keys of tokens cannot be fetched', { cause });
      if (!this.#failure && !this.#stopping.signal.aborted) log.warn({ err: failure }, failure.message);
      this.#failure = failure;
    }
  }

  async #download() {
    const { url, timeoutMs } = this.#options;
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(timeoutMs)]);
    const headers = { accept: 'application/jwk-set+json, application/json' };
    // A redirection could lead to anybody's keys.
    const response = await fetch(url, { headers, signal, redirect: 'error' });
    if (!response.ok) throw new Error(`${url} answers with status ${response.status}`);
    return response.json();
  }

  #isWithin(ms: number, sinceMs: number): boolean {
    const age = this.#options.now() - sinceMs;
    return age >= 0 && age < ms;
  }
}
