// The claim on a webhook: whoever has it is the only one that sends to it. It is kept up while it is held, known to be
// lost when somebody else has it, and given back at the end.

import type { Logger } from 'pino';
import type { Execute } from '../domain/commands.ts';
import type { WebhookState } from '../domain/webhook.ts';
import type { LeaseKey } from '../domain/webhook-commands.ts';

export type LeaseOptions = {
  execute: Execute;
  log: Logger;
  /** How long a claim holds without a sign of life. */
  leaseMs: number;
};

export class Lease implements AsyncDisposable {
  readonly #options: LeaseOptions;
  readonly #losing = new AbortController();
  readonly #renewal: NodeJS.Timeout;
  #webhook: WebhookState;
  /** Ends the claim when its lease runs out: by the clock of this process, which nobody sets. */
  #end: NodeJS.Timeout | undefined;

  /** Undefined where somebody else has the webhook, or it was deleted. */
  static async acquire(options: LeaseOptions, webhookId: number): Promise<Lease | undefined> {
    const heldUntil = performance.now() + options.leaseMs;
    const webhook = await options.execute({ type: 'webhook.claim', webhookId, leaseMs: options.leaseMs });
    return webhook && new Lease(options, webhook, heldUntil);
  }

  private constructor(options: LeaseOptions, webhook: WebhookState, heldUntil: number) {
    this.#options = options;
    this.#webhook = webhook;
    this.#holdUntil(heldUntil);
    this.#renewal = setInterval(() => this.#renew(), options.leaseMs / 3);
  }

  /** The webhook as it is by now, as far as that has come to be known here. */
  get webhook(): WebhookState {
    return this.#webhook;
  }

  /** What names the claim in commands. */
  get key(): LeaseKey {
    return { webhookId: this.#webhook.id, fence: this.#webhook.fence };
  }

  /**
   * Aborts when the claim is lost, also when nobody here knows whether it is: a node that does not reach the database,
   * or was frozen, must not send beside the next one.
   */
  get lost(): AbortSignal {
    return this.#losing.signal;
  }

  /**
   * Takes over how the webhook is after a commit; undefined: it was deleted. The answers to commands do not tell that:
   * what was committed together with one may have changed the webhook after it.
   */
  update(webhook: WebhookState | undefined): void {
    this.check(webhook);
    if (!webhook || this.lost.aborted) return;
    if (webhook.pauseReason !== null && this.#webhook.pauseReason === null) {
      this.#options.log.warn({ webhookId: webhook.id, reason: webhook.pauseReason }, 'a webhook is paused');
    }
    this.#webhook = webhook;
  }

  /** Looks at the answer to a command under the claim, whether it is lost. */
  check(webhook: WebhookState | undefined): void {
    if (webhook?.fence !== this.#webhook.fence) this.#losing.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#renewal);
    try {
      await this.#options.execute({ type: 'webhook.release', ...this.key });
    } finally {
      // After it: a renewal that was under way has prolonged it.
      clearTimeout(this.#end);
    }
  }

  async #renew(): Promise<void> {
    const { execute, leaseMs, log } = this.#options;
    const heldUntil = performance.now() + leaseMs;
    try {
      this.check(await execute({ type: 'webhook.renew', ...this.key, leaseMs }));
      this.#holdUntil(heldUntil);
    } catch (error) {
      log.warn({ err: error, webhookId: this.#webhook.id }, 'the lease of a webhook could not be renewed');
    }
  }

  #holdUntil(time: number): void {
    clearTimeout(this.#end);
    this.#end = setTimeout(() => this.#losing.abort(), Math.max(0, time - performance.now()));
  }
}
