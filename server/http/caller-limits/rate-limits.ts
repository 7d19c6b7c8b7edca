// Limits the requests of a caller in a minute. A caller is the principal of a token or, without authentication, a
// network. If counting fails, requests are let through.

import type { Logger } from 'pino';
import type { RateLimit } from '../../config/http.ts';
import { createProblem } from '../../domain/problem.ts';
import { createLogThrottle } from '../../shared/log-throttle.ts';
import type { ServiceRequest, ServiceResponse } from '../request/request.ts';
import { toCallerKey } from './caller-key.ts';
import { toNetwork } from './network.ts';
import { type RateCounter, type RateWindow, WindowCounter, windowMs } from './window-counter.ts';

/** @throws RequestProblem `too-many-requests` */
type CountAgainstLimit = (request: ServiceRequest, response: ServiceResponse) => void;

/** The rate limits of the service. They count requests and reject those above a limit. */
export type RateLimits = {
  /** Counts an authorized request of its caller. */
  countRequest: CountAgainstLimit;
  /**
   * Counts the bytes of a response to an authorized request as further requests of its caller. Rejects nothing.
   * @returns the time until the caller is within its limit again, in milliseconds
   */
  countBytes(response: ServiceResponse, bytes: number): number;
  /** Counts a rejected token of the network that sent it. */
  countRejectedToken: CountAgainstLimit;
};

type RateLimitsOptions = {
  rateLimit: RateLimit;
  log: Logger;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Creates the counter of the limit with this name. @default a counter in the memory of this process */
  createCounter?: ((limit: string) => RateCounter) | undefined;
};

/** The rejected tokens that a network may send in a minute. */
const maxRejectedTokens = 60;

/** Each further 64 KiB of a response count as one request. */
const bytesPerRequest = 65_536;

/** Creates the three limits of the service: reads and writes of a caller, and rejected tokens of a network. */
export function createRateLimits({
  createCounter = () => new WindowCounter(),
  ...options
}: RateLimitsOptions): RateLimits {
  const { reads, writes } = options.rateLimit;
  const createLimiter = (name: string, quota: number) => new RateLimiter(name, quota, createCounter(name), options);
  const limits = {
    reads: createLimiter('reads', reads),
    writes: createLimiter('writes', writes),
    rejectedTokens: createLimiter('rejected-tokens', maxRejectedTokens),
  };
  const chooseLimit = ({ method }: ServiceRequest) =>
    method === 'GET' || method === 'HEAD' ? limits.reads : limits.writes;
  return {
    countRequest: (request, response) => chooseLimit(request).count(toCallerKey(request), response),
    countBytes: (response, bytes) => {
      const count = Math.floor(bytes / bytesPerRequest);
      return count === 0 ? 0 : chooseLimit(response.req).add(toCallerKey(response.req), response, count);
    },
    countRejectedToken: (request, response) => limits.rejectedTokens.count(toNetwork(request.caller.address), response),
  };
}

class RateLimiter {
  readonly #name: string;
  readonly #quota: number;
  readonly #counter: RateCounter;
  readonly #now: () => number;
  readonly #log: Logger;
  /** The RateLimit-Policy header (draft-ietf-httpapi-ratelimit-headers-10, section 3). */
  readonly #policy: string;
  readonly #shouldLog: () => boolean;

  constructor(name: string, quota: number, counter: RateCounter, { log, now }: Pick<RateLimitsOptions, 'log' | 'now'>) {
    this.#name = name;
    this.#quota = quota;
    this.#counter = counter;
    this.#now = now;
    this.#log = log;
    this.#shouldLog = createLogThrottle(now);
    this.#policy = `"${name}";q=${quota};w=${windowMs / 1_000}`;
  }

  /**
   * Counts a request and sets the RateLimit headers of the response.
   * @throws RequestProblem `too-many-requests`
   */
  count(key: string, response: ServiceResponse): void {
    const waitMs = this.add(key, response, 1);
    if (waitMs === 0) return;
    const detail = `The limit of ${this.#quota} ${this.#name.replace('-', ' ')} per minute is exceeded.`;
    throw createProblem('too-many-requests', detail, { retryAfterSeconds: toSeconds(waitMs) });
  }

  /**
   * Counts requests and, unless the headers have been sent, sets the RateLimit headers: the remaining quota, and the
   * seconds until the window ends (section 4 of the draft).
   * @returns the time until the caller is within its limit again, in milliseconds; 0 also if counting fails
   */
  add(key: string, response: ServiceResponse, count: number): number {
    const nowMs = this.#now();
    const window = this.#increment(key, nowMs, count);
    if (window === undefined) return 0;
    const leftMs = Math.max(1, window.endMs - nowMs);
    if (!response.headersSent) {
      const remaining = Math.max(0, this.#quota - window.count);
      response.setHeader('RateLimit-Policy', this.#policy);
      response.setHeader('RateLimit', `"${this.#name}";r=${remaining};t=${toSeconds(leftMs)}`);
    }
    return window.count > this.#quota ? leftMs : 0;
  }

  #increment(key: string, nowMs: number, count: number): RateWindow | undefined {
    try {
      return this.#counter.increment(key, nowMs, count);
    } catch (error) {
      const fields = { err: error, limit: this.#name };
      if (this.#shouldLog()) this.#log.error(fields, 'rate limiting failed; requests are not limited');
      return undefined;
    }
  }
}

function toSeconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}
