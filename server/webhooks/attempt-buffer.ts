// Buffers delivery attempts and records them in groups, while the worker continues to send. Attempts that are not
// recorded when the process dies are repeated.

import { setTimeout as pause } from 'node:timers/promises';
import { isUnavailable } from '../domain/problem.ts';
import type { AttemptRecord } from '../domain/webhook-commands.ts';
import type { Lease, LeaseOptions } from './lease.ts';

export type AttemptBufferOptions = Pick<LeaseOptions, 'execute' | 'log'> & {
  /** How long to wait before recording is retried while the database is unavailable, in milliseconds. */
  retryMs: number;
};

/** The most attempts in the buffer, and so the most that are repeated after a crash. */
const maxBuffered = 32;
/** How long an attempt may wait in the buffer for others, in milliseconds. */
const flushDelayMs = 20;

export class AttemptBuffer implements AsyncDisposable {
  readonly #options: AttemptBufferOptions;
  readonly #lease: Lease;
  readonly #stop: AbortSignal;
  #buffered: AttemptRecord[] = [];
  #recording: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The error that ended recording; undefined: recording works. */
  #failure: unknown;

  /** @param stop aborts when the service stops */
  constructor(options: AttemptBufferOptions, lease: Lease, stop: AbortSignal) {
    this.#options = options;
    this.#lease = lease;
    this.#stop = stop;
  }

  /**
   * Adds an attempt. It is recorded within 20 ms. Resolves at once, or after recording if the buffer is full.
   * @throws the error that prevented earlier attempts from being recorded
   */
  async add(attempt: AttemptRecord): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#buffered.push(attempt);
    if (this.#buffered.length >= maxBuffered) await this.flush();
    else this.#timer ??= setTimeout(() => void this.#recordAll(), flushDelayMs);
  }

  /**
   * Resolves when all attempts are recorded.
   * @throws the error that prevented attempts from being recorded
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

  /** Must not reject: the timer does not handle rejections. */
  async #record(): Promise<void> {
    try {
      while (this.#buffered.length > 0 && !this.#lease.lost.aborted) {
        const attempts = this.#buffered;
        this.#buffered = [];
        await this.#execute(attempts);
      }
    } catch (error) {
      this.#failure = error;
    }
  }

  /** Retries while the database is unavailable, because the attempts were already made. */
  async #execute(attempts: readonly AttemptRecord[]): Promise<void> {
    const { execute, retryMs, log } = this.#options;
    const { key } = this.#lease;
    for (;;) {
      try {
        this.#lease.check(await execute({ type: 'webhook.record', ...key, attempts }));
        return;
      } catch (error) {
        if (!isUnavailable(error) || this.#stop.aborted) throw error;
        log.warn({ err: error, webhookId: key.webhookId }, 'recording delivery attempts failed; retrying');
        await pause(retryMs, undefined, { signal: this.#stop }).catch(() => {});
      }
    }
  }
}
