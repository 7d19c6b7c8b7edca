// Sees to it that somebody sends to every webhook for which there is something: one lane each, which holds its claim. A
// hint wakes it; the poll is the truth.

import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Commit } from '../store/door.ts';
import type { Store } from '../store/store.ts';
import type { SendingCommands } from './commands.ts';
import { findAbandonedClaims, findDueWebhooks, nextDueAt } from './due-queries.ts';
import { Lane } from './lane.ts';
import type { Sender } from './sender.ts';

export type DispatcherOptions = {
  commit: Commit<SendingCommands>;
  store: Store;
  sender: Sender;
  log: Logger;
  /** How long a claim holds without a sign of life. */
  leaseMs: number;
  /** The longest time between two looks. */
  pollMs: number;
  /** Milliseconds since the epoch. */
  now(): number;
  /** A number from 0 up to but not including 1. */
  random(): number;
};

export class Dispatcher implements AsyncDisposable {
  readonly #options: DispatcherOptions;
  readonly #lanes = new Map<number, Promise<void>>();
  readonly #stop = new AbortController();
  #wake = Promise.withResolvers<void>();
  #loop: Promise<void> | undefined;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Begins to work, first on what a process that has died left behind. */
  async start(): Promise<void> {
    const { commit, store } = this.#options;
    const abandoned = await findAbandonedClaims(store);
    await Promise.all(abandoned.map((claim) => commit({ type: 'webhook.release', ...claim })));
    this.#loop = this.#work();
  }

  /** Looks soon for something to send. */
  wake(): void {
    this.#wake.resolve();
  }

  /** Sends nothing more, gives the claims back, and waits until they are. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.wake();
    await this.#loop;
    await Promise.all(this.#lanes.values());
  }

  async #work(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#wake = Promise.withResolvers();
      const pauseMs = await this.#takeDue();
      const timer = new AbortController();
      await Promise.race([this.#wake.promise, pause(pauseMs, undefined, { signal: timer.signal }).catch(() => {})]);
      timer.abort();
    }
  }

  /** Opens a lane for each webhook that is due; answers how long to wait before the next look. */
  async #takeDue(): Promise<number> {
    const { store, leaseMs, pollMs, log, now } = this.#options;
    try {
      const due = await findDueWebhooks(store, now(), leaseMs);
      for (const webhookId of due.filter((id) => !this.#lanes.has(id))) this.#open(webhookId);
      const next = await nextDueAt(store, now());
      return next === undefined || next <= now() ? pollMs : Math.min(pollMs, next - now());
    } catch (error) {
      log.error({ err: error }, 'cannot look for webhooks to send to');
      return pollMs;
    }
  }

  #open(webhookId: number): void {
    const lane = this.#sendTo(webhookId)
      .catch(async (error: unknown) => {
        if (this.#stop.signal.aborted) return;
        this.#options.log.error({ err: error, webhookId }, 'cannot send to a webhook');
        await pause(this.#options.pollMs, undefined, { signal: this.#stop.signal }).catch(() => {});
      })
      .finally(() => {
        this.#lanes.delete(webhookId);
        this.wake();
      });
    this.#lanes.set(webhookId, lane);
  }

  async #sendTo(webhookId: number): Promise<void> {
    const { commit, leaseMs } = this.#options;
    const webhook = await commit({ type: 'webhook.claim', webhookId, leaseMs });
    if (!webhook) return;
    const { fence } = webhook;
    try {
      await new Lane(this.#options, webhook, this.#stop.signal).run();
    } finally {
      await commit({ type: 'webhook.release', webhookId, fence });
    }
  }
}
