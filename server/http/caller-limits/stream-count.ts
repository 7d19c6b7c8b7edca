// Limits how many event streams a caller has open at the same time.

import type { Logger } from 'pino';
import { createProblem } from '../../domain/problem.ts';
import { createThrottledWarning } from '../../shared/log-throttle.ts';
import { OpenCounts } from '../../shared/open-counts.ts';
import type { ServiceRequest, ServiceResponse } from '../request/request.ts';
import { toCallerKey } from './caller-key.ts';

/** After this time a stream of the caller may have ended, in seconds. */
const retryAfterSeconds = 10;

/** Counts the open event streams of each caller. */
export class StreamCount {
  readonly #max: number;
  readonly #counts = new OpenCounts();
  readonly #logRejection: (fields: object) => void;

  constructor(max: number, log: Logger) {
    this.#max = max;
    this.#logRejection = createThrottledWarning(log, 'caller has too many event streams; rejecting further ones');
  }

  /** @throws RequestProblem `too-many-requests`: the caller has as many streams as allowed */
  assertRoom(request: ServiceRequest): void {
    const caller = toCallerKey(request);
    if (this.#counts.count(caller) < this.#max) return;
    this.#logRejection({ caller, maxStreamsPerCaller: this.#max });
    const streams = this.#max === 1 ? '1 open event stream' : `${this.#max} open event streams`;
    const detail = `The limit is ${streams} per caller. Close one of them first.`;
    throw createProblem('too-many-requests', detail, { retryAfterSeconds });
  }

  /** Counts a stream until its response is closed. */
  add(response: ServiceResponse): void {
    this.#counts.add(toCallerKey(response.req), response);
  }
}
