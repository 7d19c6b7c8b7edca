// Sees to it that somebody sends to every webhook for which there is something: one lane each, under one claim. A hint
// wakes it; the poll is the truth.

import type { Tracked } from '../commands/change-tracker.ts';
import { findAbandonedClaims, findDueWebhooks, nextDueAtMs } from '../database/queries/due-webhooks.ts';
import type { WebhookState } from '../domain/webhook.ts';
import { WorkLoop } from '../shared/work-loop.ts';
import { Lane, type LaneOptions } from './delivery-worker.ts';
import { Claim } from './lease.ts';

export type DispatcherOptions = LaneOptions & {
  /** How long a claim holds without a sign of life. */
  leaseMs: number;
  /** The longest time between two looks. */
  pollMs: number;
};

export class Dispatcher implements AsyncDisposable {
  readonly #options: DispatcherOptions;
  readonly #loop = new WorkLoop(() => this.#takeDue());
  readonly #lanes = new Map<number, Promise<void>>();
  readonly #claims = new Map<number, Claim>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Begins to work, first on what a process that has died left behind. */
  async start(): Promise<void> {
    const { commit, store } = this.#options;
    const abandoned = await findAbandonedClaims(store);
    await Promise.all(abandoned.map((held) => commit({ type: 'webhook.release', ...held })));
    this.#loop.start();
  }

  /** Looks soon for something to send. */
  wake(): void {
    this.#loop.wake();
  }

  /** Tells lanes how their webhooks are after a commit. They cause one themselves, whenever they record or renew. */
  tell({ changed, removed }: Pick<Tracked<WebhookState>, 'changed' | 'removed'>): void {
    for (const [webhookId, claim] of this.#claims) {
      if (changed.has(webhookId) || removed.has(webhookId)) claim.tell(changed.get(webhookId));
    }
  }

  /** Sends nothing more, gives the claims back, and waits until they are. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
    await Promise.all(this.#lanes.values());
  }

  /** Opens a lane for each webhook that is due; answers how long to wait before the next look. */
  async #takeDue(): Promise<number> {
    const { store, leaseMs, pollMs, log, now } = this.#options;
    try {
      const due = await findDueWebhooks(store, now(), leaseMs);
      for (const webhookId of due.filter((id) => !this.#lanes.has(id))) this.#open(webhookId);
      const next = await nextDueAtMs(store, now());
      return next === undefined || next <= now() ? pollMs : Math.min(pollMs, next - now());
    } catch (error) {
      log.error({ err: error }, 'cannot look for webhooks to send to');
      return pollMs;
    }
  }

  #open(webhookId: number): void {
    const { log, pollMs } = this.#options;
    const lane = this.#sendTo(webhookId)
      .catch(async (error: unknown) => {
        if (this.#loop.stop.aborted) return;
        log.error({ err: error, webhookId }, 'cannot send to a webhook');
        await this.#loop.rest(pollMs);
      })
      .finally(() => {
        this.#lanes.delete(webhookId);
        this.wake();
      });
    this.#lanes.set(webhookId, lane);
  }

  async #sendTo(webhookId: number): Promise<void> {
    await using claim = await Claim.take(this.#options, webhookId);
    if (!claim) return;
    this.#claims.set(webhookId, claim);
    try {
      await new Lane(this.#options, claim, this.#loop.stop).run();
    } finally {
      this.#claims.delete(webhookId);
    }
  }
}
