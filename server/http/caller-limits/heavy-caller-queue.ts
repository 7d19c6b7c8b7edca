// Executes the requests of callers that send or receive many bytes one at a time, so that requests of other callers are
// served in between. A large page takes milliseconds, and a caller can ask for hundreds of them at once.

import { LruMap } from '../../shared/lru-map.ts';
import type { ServiceResponse } from '../request/request.ts';
import { toCallerKey } from './caller-key.ts';

/** The bytes in large bodies and responses of a caller for which it does not wait: at once, and then in a second. */
const burstBytes = 1_048_576;
const bytesPerSecond = 1_048_576;
/** Bodies and responses from this size on are counted, in bytes. */
export const largeBytes = 65_536;
/** The most callers whose recent bytes are stored. */
const maxCallers = 10_000;
/** The queue rests after each request for this multiple of its duration. */
const restRatio = 2;
/** A turn lasts this long at most, in milliseconds. Then the request is waiting, and takes no time of others. */
const maxTurnMs = 100;

/** The bytes of a caller that exceed `bytesPerSecond` so far, as of a time in milliseconds of the monotonic clock. */
type Level = { bytes: number; atMs: number };

/** A request that waits. */
type Turn = { response: ServiceResponse; begin(end: () => void): void };

/** The waiting requests of one server. Callers have turns in rotation. */
export class HeavyCallerQueue {
  readonly #levels = new LruMap<string, Level>(maxCallers);
  readonly #waiting = new Map<string, Turn[]>();
  #isBusy = false;
  #hasCounted = false;

  /** Counts the bytes of a body or a response. */
  count({ req }: ServiceResponse, bytes: number): void {
    if (bytes < largeBytes) return;
    this.#hasCounted = true;
    const key = toCallerKey(req);
    this.#levels.set(key, { bytes: this.#computeLevel(key) + bytes, atMs: performance.now() });
  }

  /**
   * Waits for a turn, if the caller of a response has sent or received too many bytes lately. If the response is closed
   * meanwhile, the promise is never settled.
   * @returns the function that ends the turn; undefined if the request need not wait
   */
  waitForTurn(response: ServiceResponse): Promise<() => void> | undefined {
    if (!this.#hasCounted) return undefined;
    const key = toCallerKey(response.req);
    if (this.#computeLevel(key) <= burstBytes) return undefined;
    return new Promise((begin) => {
      const turns = this.#waiting.get(key);
      if (turns) turns.push({ response, begin });
      else this.#waiting.set(key, [{ response, begin }]);
      this.#beginNext();
    });
  }

  #computeLevel(key: string): number {
    const level = this.#levels.get(key);
    if (level === undefined) return 0;
    return Math.max(0, level.bytes - ((performance.now() - level.atMs) / 1_000) * bytesPerSecond);
  }

  #beginNext(): void {
    if (this.#isBusy) return;
    const turn = this.#takeNext();
    if (!turn) return;
    this.#isBusy = true;
    const startedAtMs = performance.now();
    let isEnded = false;
    const end = () => {
      if (isEnded) return;
      isEnded = true;
      const restMs = restRatio * Math.min(maxTurnMs, performance.now() - startedAtMs);
      setTimeout(() => this.#endRest(), restMs).unref();
    };
    setTimeout(end, maxTurnMs).unref();
    turn.begin(end);
  }

  #endRest(): void {
    this.#isBusy = false;
    this.#beginNext();
  }

  /** Removes the first request of the first caller that is still open, and moves the caller to the end. */
  #takeNext(): Turn | undefined {
    // A caller that is set again is the last of the iteration.
    for (const [key, turns] of this.#waiting) {
      const turn = turns.shift();
      this.#waiting.delete(key);
      if (turns.length > 0) this.#waiting.set(key, turns);
      if (turn && !turn.response.destroyed) return turn;
    }
    return undefined;
  }
}
