// Whether the database takes writes, by the outcome of the latest transaction.

import type { Logger } from 'pino';
import { classifyFailure } from './errors.ts';

export class WriteHealth {
  readonly #log: Logger;
  readonly #probe: () => Promise<void>;
  readonly #countWrites: (() => number) | undefined;
  #isFailing = false;

  /**
   * @param probe writes to the database as a transaction would; used only after a transaction has failed
   * @param countWrites returns a number that grows with every write. Undefined: every transaction writes
   */
  constructor(log: Logger, probe: () => Promise<void>, countWrites?: () => number) {
    this.#log = log;
    this.#probe = probe;
    this.#countWrites = countWrites;
  }

  /**
   * Runs a transaction and records whether the database took it. A rejected statement, a lost race or a transaction
   * that writes nothing says nothing about that.
   */
  async track<Result>(transaction: () => Promise<Result>): Promise<Result> {
    const before = this.#isFailing ? this.#countWrites?.() : undefined;
    try {
      const result = await transaction();
      if (this.#isFailing && this.#hasWritten(before)) {
        this.#log.info('the database takes writes again');
        this.#isFailing = false;
      }
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

  #hasWritten(before: number | undefined): boolean {
    return this.#countWrites === undefined || this.#countWrites() !== before;
  }

  /** After a failure, a probe finds out whether writes are possible again. Never throws. */
  async isHealthy(): Promise<boolean> {
    if (!this.#isFailing) return true;
    try {
      await this.track(this.#probe);
      return !this.#isFailing;
    } catch {
      return false;
    }
  }
}
