// The lease of a webhook: only its holder sends to the webhook. It is renewed while it is held and released at the end.

import type { Logger } from 'pino';
import type { Execute } from '../domain/commands.ts';
import type { WebhookState } from '../domain/webhook.ts';
import type { LeaseKey } from '../domain/webhook-commands.ts';

export type LeaseOptions = {
  execute: Execute;
  log: Logger;
  /** How long a lease is valid without renewal, in milliseconds. */
  leaseMs: number;
};

export class Lease implements AsyncDisposable {
  readonly #options: LeaseOptions;
  readonly #losing = new AbortController();
  readonly #renewal: NodeJS.Timeout;
  #webhook: WebhookState;
  /** Ends the lease when it expires, by the monotonic clock of this process. */
  #expiry: NodeJS.Timeout | undefined;

  /** Claims a webhook. Returns undefined if another worker holds its lease, or if it was deleted. */
  static async acquire(options: LeaseOptions, webhookId: number): Promise<Lease | undefined> {
    // Measured before the command, so that the lease never ends here later than in the database.
    const expiresAt = performance.now() + options.leaseMs;
    const webhook = await options.execute({ type: 'webhook.claim', webhookId, leaseMs: options.leaseMs });
    return webhook && new Lease(options, webhook, expiresAt);
  }

  private constructor(options: LeaseOptions, webhook: WebhookState, expiresAt: number) {
    this.#options = options;
    this.#webhook = webhook;
    this.#expireAt(expiresAt);
    this.#renewal = setInterval(() => this.#renew(), options.leaseMs / 3);
  }

  /** The webhook after the latest commit that this process has seen. */
  get webhook(): WebhookState {
    return this.#webhook;
  }

  /** Identifies the lease in commands. */
  get key(): LeaseKey {
    return { webhookId: this.#webhook.id, fence: this.#webhook.fence };
  }

  /**
   * Aborts when the lease is lost or expires without renewal: a node that was frozen or cannot reach the database must
   * not send concurrently with the next holder.
   */
  get lost(): AbortSignal {
    return this.#losing.signal;
  }

  /**
   * Updates the webhook after a commit; undefined: it was deleted. The results of commands do not replace this: a later
   * command in the same commit may have changed the webhook again.
   */
  update(webhook: WebhookState | undefined): void {
    this.check(webhook);
    if (!webhook || this.lost.aborted) return;
    if (webhook.pauseReason !== null && this.#webhook.pauseReason === null) {
      this.#options.log.warn({ webhookId: webhook.id, reason: webhook.pauseReason }, 'webhook paused');
    }
    this.#webhook = webhook;
  }

  /** Aborts `lost` unless this result of a command has the fence of the lease. */
  check(webhook: WebhookState | undefined): void {
    if (webhook?.fence !== this.#webhook.fence) this.#losing.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#renewal);
    try {
      await this.#options.execute({ type: 'webhook.release', ...this.key });
    } finally {
      // Cleared last: a renewal that was in progress may have set it again.
      clearTimeout(this.#expiry);
    }
  }

  async #renew(): Promise<void> {
    const { execute, leaseMs, log } = this.#options;
    const expiresAt = performance.now() + leaseMs;
    try {
      this.check(await execute({ type: 'webhook.renew', ...this.key, leaseMs }));
      this.#expireAt(expiresAt);
    } catch (error) {
      log.warn({ err: error, webhookId: this.#webhook.id }, 'webhook lease renewal failed');
    }
  }

  /** @param time by `performance.now()` */
  #expireAt(time: number): void {
    clearTimeout(this.#expiry);
    this.#expiry = setTimeout(() => this.#losing.abort(), Math.max(0, time - performance.now()));
  }
}
