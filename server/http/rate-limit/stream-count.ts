// Limits how many event streams a caller has open at the same time.

import type { Logger } from 'pino';
import { createProblem } from '../../domain/problem.ts';
import { createRefusalLog } from '../../shared/log-throttle.ts';
import type { ServiceRequest, ServiceResponse } from '../request/request.ts';
import { toCallerKey } from './caller-key.ts';

/** After this time a stream of the caller may have ended, in seconds. */
const retryAfterSeconds = 10;

/** Counts the open event streams of each caller. */
export class StreamCount {
  readonly #max: number;
  readonly #counts = new Map<string, number>();

  readonly #logRefusal: (fields: object) => void;

  constructor(max: number, log: Logger) {
    this.#max = max;
    this.#logRefusal = createRefusalLog(log, 'caller has too many event streams; refusing further ones');
  }

  /** @throws RequestProblem `too-many-requests`: the caller has as many streams as allowed */
  assertRoom(request: ServiceRequest): void {
    const caller = toCallerKey(request);
    if ((this.#counts.get(caller) ?? 0) < this.#max) return;
    this.#logRefusal({ caller, maxStreamsPerCaller: this.#max });
    const detail = `The caller has ${this.#max} open event streams. Close one of them first.`;
    throw createProblem('too-many-requests', detail, { retryAfterSeconds });
  }

  /** Counts a stream until its response is closed. */
  add(response: ServiceResponse): void {
    // The address of a closed connection is unknown.
    const caller = toCallerKey(response.req);
    this.#counts.set(caller, (this.#counts.get(caller) ?? 0) + 1);
    response.once('close', () => {
      const left = (this.#counts.get(caller) ?? 1) - 1;
      if (left > 0) this.#counts.set(caller, left);
      else this.#counts.delete(caller);
    });
  }
}
