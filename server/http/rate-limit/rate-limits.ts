// How often one caller may ask in a minute: whoever their token says, or, without tokens, whoever is behind an address.
// Counting never keeps anybody from being served: where it fails, requests are let through.

import type { Logger } from 'pino';
import { problem } from '../../domain/problem.ts';
import { onceInAWhile } from '../../shared/log-throttle.ts';
import type { ServiceRequest, ServiceResponse } from '../request/request.ts';
import { networkOf } from './network.ts';
import { type Counter, type CountingWindow, WindowCounter, windowMs } from './window-counter.ts';

/** How many requests a caller may send in a minute. */
export type RateLimit = {
  /** GET and HEAD. */
  reads: number;
  /** All others. */
  writes: number;
};

/** @throws ProblemError `too-many-requests` */
type Spend = (request: ServiceRequest, response: ServiceResponse) => void;

export type RateLimits = {
  /** Counts a request of a caller who may do what it does. */
  spendRequest: Spend;
  /** Counts a token that was not accepted, by the address it came from. */
  spendRefusedToken: Spend;
};

type RateLimitsOptions = {
  rateLimit: RateLimit;
  log: Logger;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Makes what the limit of this name is counted by. @default in the memory of this process */
  newCounter?: ((limit: string) => Counter) | undefined;
};

/** How many tokens that are not accepted may come from an address in a minute. */
const refusedTokens = 60;

export function rateLimits({ newCounter = () => new WindowCounter(), ...options }: RateLimitsOptions): RateLimits {
  const { reads, writes } = options.rateLimit;
  const newLimit = (name: string, quota: number) => new Limit(name, quota, newCounter(name), options);
  const limits = {
    reads: newLimit('reads', reads),
    writes: newLimit('writes', writes),
    refusedTokens: newLimit('refused-tokens', refusedTokens),
  };
  return {
    spendRequest: (request, response) => {
      const { method, principal } = request;
      const limit = method === 'GET' || method === 'HEAD' ? limits.reads : limits.writes;
      limit.spend(principal === undefined ? networkOf(request.caller.address) : principal.id, response);
    },
    spendRefusedToken: (request, response) => limits.refusedTokens.spend(networkOf(request.caller.address), response),
  };
}

class Limit {
  readonly #name: string;
  readonly #quota: number;
  readonly #counter: Counter;
  readonly #now: () => number;
  readonly #log: Logger;
  /** As in draft-ietf-httpapi-ratelimit-headers-10, section 3. */
  readonly #policy: string;
  readonly #isTimeToSay: () => boolean;

  constructor(name: string, quota: number, counter: Counter, { log, now }: Pick<RateLimitsOptions, 'log' | 'now'>) {
    this.#name = name;
    this.#quota = quota;
    this.#counter = counter;
    this.#now = now;
    this.#log = log;
    this.#isTimeToSay = onceInAWhile(now);
    this.#policy = `"${name}";q=${quota};w=${windowMs / 1_000}`;
  }

  /**
   * Counts one, and says in the headers of the answer what is left, and for how many seconds that holds (section 4).
   * @throws ProblemError `too-many-requests`
   */
  spend(key: string, response: ServiceResponse): void {
    const nowMs = this.#now();
    const window = this.#take(key, nowMs);
    if (window === undefined) return;
    const remaining = Math.max(0, this.#quota - window.count);
    const secondsLeft = Math.max(1, Math.ceil((window.endMs - nowMs) / 1_000));
    response.setHeader('RateLimit-Policy', this.#policy);
    response.setHeader('RateLimit', `"${this.#name}";r=${remaining};t=${secondsLeft}`);
    if (window.count <= this.#quota) return;
    const detail = `More than ${this.#quota} ${this.#name.replace('-', ' ')} in a minute.`;
    throw problem('too-many-requests', detail, { retryAfterSeconds: secondsLeft });
  }

  #take(key: string, nowMs: number): CountingWindow | undefined {
    try {
      return this.#counter.take(key, nowMs);
    } catch (error) {
      const fields = { err: error, limit: this.#name };
      if (this.#isTimeToSay()) this.#log.error(fields, 'requests cannot be counted, and are let through');
      return undefined;
    }
  }
}
