// Whether the database takes writes, by the outcome of the latest transaction.

import type { Logger } from 'pino';
import { classifyFailure } from './errors.ts';

export class WriteHealth {
  readonly #log: Logger;
  readonly #probe: () => Promise<void>;
  #isFailing = false;

  /** @param probe writes to the database as a transaction would; used only after a transaction has failed */
  constructor(log: Logger, probe: () => Promise<void>) {
    this.#log = log;
    this.#probe = probe;
  }

  /**
   * Runs a transaction and records whether the database took it. A rejected statement or a lost race says nothing about
   * that.
   */
  async track<Result>(transaction: () => Promise<Result>): Promise<Result> {
    try {
      const result = await transaction();
      if (this.#isFailing) this.#log.info('the database takes writes again');
      this.#isFailing = false;
      return result;
    } catch (error) {
      this.reportFailure(error);
      throw error;
    }
  }

  /** Records an error of a write. */
  reportFailure(error: unknown): void {
    const kind = classifyFailure(error);
    if (kind !== 'busy' && kind !== 'storage') return;
    if (!this.#isFailing) this.#log.error({ err: error }, 'the database takes no writes');
    this.#isFailing = true;
  }

  /** After a failure, a probe finds out whether writes are possible again. Never throws. */
  async isHealthy(): Promise<boolean> {
    if (!this.#isFailing) return true;
    try {
      await this.track(this.#probe);
      return true;
    } catch {
      return false;
    }
  }
}
