// Records what a lane has sent, while the lane goes on, and keeps its claim. What is not recorded when the process dies is
// sent once more.

import { setTimeout as pause } from 'node:timers/promises';
import { ProblemError } from '../problem.ts';
import type { WebhookState } from '../store/webhook-state.ts';
import type { SendingResult } from './commands.ts';
import type { DispatcherOptions } from './dispatcher.ts';

/** How many attempts may wait to be recorded: so many at most are sent once more. */
const maxUnrecorded = 32;
/** How long an attempt may wait for others, which are then recorded with it, in milliseconds. */
const gatherMs = 20;

export class Recorder implements AsyncDisposable {
  readonly #options: DispatcherOptions;
  readonly #giveUp: AbortController;
  readonly #stop: AbortSignal;
  readonly #renewal: NodeJS.Timeout;
  #unrecorded: SendingResult[] = [];
  #recording: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Why nothing can be recorded any more, where that is so. */
  #failure: unknown;
  #webhook: WebhookState;

  /**
   * @param giveUp is aborted when the claim is lost
   * @param stop aborts when the service stops
   */
  constructor(options: DispatcherOptions, webhook: WebhookState, giveUp: AbortController, stop: AbortSignal) {
    this.#options = options;
    this.#webhook = webhook;
    this.#giveUp = giveUp;
    this.#stop = stop;
    this.#renewal = setInterval(() => this.#renew(), options.leaseMs / 3);
  }

  /** The webhook as it was when something was recorded last. */
  get webhook(): WebhookState {
    return this.#webhook;
  }

  /** Records soon what was sent. Waits where much is to be recorded. */
  async add(result: SendingResult): Promise<void> {
    this.#unrecorded.push(result);
    if (this.#unrecorded.length >= maxUnrecorded) await this.flush();
    else this.#timer ??= setTimeout(() => void this.#begin(), gatherMs);
  }

  /**
   * Records all that is not recorded yet.
   * @throws whatever has kept it from being recorded
   */
  async flush(): Promise<void> {
    await this.#begin();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#renewal);
    await this.flush();
  }

  #begin(): Promise<void> {
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
      while (this.#unrecorded.length > 0 && !this.#giveUp.signal.aborted) {
        const results = this.#unrecorded;
        this.#unrecorded = [];
        await this.#commit(results);
      }
    } catch (error) {
      this.#failure = error;
      this.#giveUp.abort();
    }
  }

  /** Where the database cannot take it, again and again, since it was sent. */
  async #commit(results: readonly SendingResult[]): Promise<void> {
    const { commit, pollMs, log } = this.#options;
    const { id: webhookId, fence } = this.#webhook;
    for (;;) {
      try {
        this.#adopt(await commit({ type: 'webhook.record', webhookId, fence, results }));
        return;
      } catch (error) {
        const isPassing = error instanceof ProblemError && error.code === 'unavailable';
        if (!isPassing || this.#stop.aborted) throw error;
        log.warn({ err: error, webhookId }, 'what was sent to a webhook waits for the database');
        await pause(pollMs, undefined, { signal: this.#stop }).catch(() => {});
      }
    }
  }

  async #renew(): Promise<void> {
    const { commit, leaseMs, log } = this.#options;
    const { id: webhookId, fence } = this.#webhook;
    try {
      this.#adopt(await commit({ type: 'webhook.renew', webhookId, fence, leaseMs }));
    } catch (error) {
      log.warn({ err: error, webhookId }, 'the lease of a webhook could not be renewed');
    }
  }

  #adopt(webhook: WebhookState | undefined): void {
    if (!webhook) {
      this.#giveUp.abort();
      return;
    }
    if (webhook.pauseReason !== null && this.#webhook.pauseReason === null) {
      this.#options.log.warn({ webhookId: webhook.id, reason: webhook.pauseReason }, 'a webhook is paused');
    }
    this.#webhook = webhook;
  }
}
