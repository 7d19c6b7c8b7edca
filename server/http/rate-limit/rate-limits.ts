// How often one caller may ask in a minute: whoever their token says, or, without tokens, whoever is behind an address.
// Counting never keeps anybody from being served: where it fails, requests are let through.

import type { Logger } from 'pino';
import type { RateLimit } from '../../config/http.ts';
import { createProblem } from '../../domain/problem.ts';
import { createLogThrottle } from '../../shared/log-throttle.ts';
import type { ServiceRequest, ServiceResponse } from '../request/request.ts';
import { toNetwork } from './network.ts';
import { type RateCounter, type RateWindow, WindowCounter, windowMs } from './window-counter.ts';

/** @throws ProblemError `too-many-requests` */
type CountAgainstLimit = (request: ServiceRequest, response: ServiceResponse) => void;

export type RateLimits = {
  /** Counts a request of a caller who may do what it does. */
  countRequest: CountAgainstLimit;
  /** Counts a token that was not accepted, by the address it came from. */
  countRejectedToken: CountAgainstLimit;
};

type RateLimitsOptions = {
  rateLimit: RateLimit;
  log: Logger;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Makes what the limit of this name is counted by. @default in the memory of this process */
  createCounter?: ((limit: string) => RateCounter) | undefined;
};

/** How many tokens that are not accepted may come from an address in a minute. */
const maxRejectedTokens = 60;

export function createRateLimits({
  createCounter = () => new WindowCounter(),
  ...options
}: RateLimitsOptions): RateLimits {
  const { reads, writes } = options.rateLimit;
  const newLimit = (name: string, quota: number) => new RateLimiter(name, quota, createCounter(name), options);
  const limits = {
    reads: newLimit('reads', reads),
    writes: newLimit('writes', writes),
    refusedTokens: newLimit('refused-tokens', maxRejectedTokens),
  };
  return {
    countRequest: (request, response) => {
      const { method, principal } = request;
      const limit = method === 'GET' || method === 'HEAD' ? limits.reads : limits.writes;
      limit.count(principal === undefined ? toNetwork(request.caller.address) : principal.id, response);
    },
    countRejectedToken: (request, response) => limits.refusedTokens.count(toNetwork(request.caller.address), response),
  };
}

class RateLimiter {
  readonly #name: string;
  readonly #quota: number;
  readonly #counter: RateCounter;
  readonly #now: () => number;
  readonly #log: Logger;
  /** As in draft-ietf-httpapi-ratelimit-headers-10, section 3. */
  readonly #policy: string;
  readonly #isTimeToSay: () => boolean;

  constructor(name: string, quota: number, counter: RateCounter, { log, now }: Pick<RateLimitsOptions, 'log' | 'now'>) {
    this.#name = name;
    this.#quota = quota;
    this.#counter = counter;
    this.#now = now;
    this.#log = log;
    this.#isTimeToSay = createLogThrottle(now);
    this.#policy = `"${name}";q=${quota};w=${windowMs / 1_000}`;
  }

  /**
   * Counts one, and says in the headers of the answer what is left, and for how many seconds that holds (section 4).
   * @throws ProblemError `too-many-requests`
   */
  count(key: string, response: ServiceResponse): void {
    const nowMs = this.#now();
    const window = this.#take(key, nowMs);
    if (window === undefined) return;
    const remaining = Math.max(0, this.#quota - window.count);
    const secondsLeft = Math.max(1, Math.ceil((window.endMs - nowMs) / 1_000));
    response.setHeader('RateLimit-Policy', this.#policy);
    response.setHeader('RateLimit', `"${this.#name}";r=${remaining};t=${secondsLeft}`);
    if (window.count <= this.#quota) return;
    const detail = `More than ${this.#quota} ${this.#name.replace('-', ' ')} in a minute.`;
    throw createProblem('too-many-requests', detail, { retryAfterSeconds: secondsLeft });
  }

  #take(key: string, nowMs: number): RateWindow | undefined {
    try {
      return this.#counter.increment(key, nowMs);
    } catch (error) {
      const fields = { err: error, limit: this.#name };
      if (this.#isTimeToSay()) this.#log.error(fields, 'requests cannot be counted, and are let through');
      return undefined;
    }
  }
}
