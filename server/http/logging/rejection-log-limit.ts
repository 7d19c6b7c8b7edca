// Limits the log lines of requests whose caller is rejected, so that a flood of them can neither fill the disk nor hide
// other lines.

import type { Logger } from 'pino';
import { toNetwork } from '../caller-limits/network.ts';
import { WindowCounter, windowMs } from '../caller-limits/window-counter.ts';

/** The lines in a minute for the requests of one network. */
const maxLinesPerNetwork = 20;
/** The lines in a minute for the requests of all networks. */
const maxLines = 600;
/** Beyond this number of networks, those that were silent for the longest time are counted anew. */
const maxNetworks = 10_000;

type RejectionLogLimitOptions = {
  log: Logger;
  /** Milliseconds since the epoch. */
  now(): number;
};

/**
 * Decides which requests with a rejected caller are logged. The number of the others is logged a minute after the first
 * of them.
 */
export class RejectionLogLimit {
  readonly #options: RejectionLogLimitOptions;
  readonly #networks = new WindowCounter(maxNetworks);
  readonly #all = new WindowCounter(1);
  #omitted = 0;

  constructor(options: RejectionLogLimitOptions) {
    this.#options = options;
  }

  /**
   * Counts a line about a rejected request.
   * @param address the client's address; empty if the connection is closed
   * @returns whether the line may be written
   */
  countLine(address: string): boolean {
    const nowMs = this.#options.now();
    // A network beyond its own limit must not use up the limit of all.
    const isWithinLimits =
      this.#networks.increment(toNetwork(address), nowMs).count <= maxLinesPerNetwork &&
      this.#all.increment('', nowMs).count <= maxLines;
    if (!isWithinLimits) this.#omit();
    return isWithinLimits;
  }

  #omit(): void {
    if (this.#omitted === 0) setTimeout(() => this.#writeOmitted(), windowMs).unref();
    this.#omitted += 1;
  }

  #writeOmitted(): void {
    const omitted = this.#omitted;
    this.#omitted = 0;
    this.#options.log.warn({ omitted, maxLinesPerNetwork, maxLines }, 'rejected requests were not logged: too many');
  }
}
