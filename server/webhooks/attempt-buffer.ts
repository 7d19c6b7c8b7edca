// Records the attempts of a lane, while the lane goes on. What is not recorded when the process dies is sent once more.

import { setTimeout as pause } from 'node:timers/promises';
import { isUnavailable } from '../domain/problem.ts';
import type { AttemptRecord } from '../domain/webhook-commands.ts';
import type { Lease, LeaseOptions } from './lease.ts';

export type AttemptBufferOptions = Pick<LeaseOptions, 'execute' | 'log'> & {
  /** How long to wait before the database is asked once more. */
  pollMs: number;
};

/** How many attempts may wait to be recorded: so many at most are sent once more. */
const maxUnrecorded = 32;
/** How long an attempt may wait for others, which are then recorded with it, in milliseconds. */
const gatherMs = 20;

export class AttemptBuffer implements AsyncDisposable {
  readonly #options: AttemptBufferOptions;
  readonly #lease: Lease;
  readonly #stop: AbortSignal;
  #unrecorded: AttemptRecord[] = [];
  #recording: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Why nothing can be recorded any more, where that is so. */
  #failure: unknown;

  /** @param stop aborts when the service stops */
  constructor(options: AttemptBufferOptions, lease: Lease, stop: AbortSignal) {
    this.#options = options;
    this.#lease = lease;
    this.#stop = stop;
  }

  /**
   * Records an attempt soon. Waits where many are to be recorded.
   * @throws whatever has kept earlier ones from being recorded
   */
  async add(attempt: AttemptRecord): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#unrecorded.push(attempt);
    if (this.#unrecorded.length >= maxUnrecorded) await this.flush();
    else this.#timer ??= setTimeout(() => void this.#recordAll(), gatherMs);
  }

  /**
   * Records all that is not recorded yet.
   * @throws whatever has kept it from being recorded
   */
  async flush(): Promise<void> {
    await this.#recordAll();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush();
  }

  #recordAll(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#recording ??= this.#record().finally(() => {
      this.#recording = undefined;
    });
    return this.#recording;
  }

  /** It must not throw: nobody may be waiting for it. */
  async #record(): Promise<void> {
    try {
      while (this.#unrecorded.length > 0 && !this.#lease.lost.aborted) {
        const attempts = this.#unrecorded;
        this.#unrecorded = [];
        await this.#execute(attempts);
      }
    } catch (error) {
      this.#failure = error;
    }
  }

  /** Where the database cannot take it, again and again, since it was sent. */
  async #execute(attempts: readonly AttemptRecord[]): Promise<void> {
    const { execute, pollMs, log } = this.#options;
    const { key } = this.#lease;
    for (;;) {
      try {
        this.#lease.check(await execute({ type: 'webhook.record', ...key, attempts }));
        return;
      } catch (error) {
        if (!isUnavailable(error) || this.#stop.aborted) throw error;
        log.warn({ err: error, webhookId: key.webhookId }, 'attempts at a webhook wait for the database');
        await pause(pollMs, undefined, { signal: this.#stop }).catch(() => {});
      }
    }
  }
}
