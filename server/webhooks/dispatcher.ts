// Sees to it that somebody sends to every webhook for which there is something: one lane each, under one claim. A hint
// wakes it; the poll is the truth.

import { findAbandonedLeases, findDueWebhooks, findNextDueAtMs } from '../database/queries/due-webhooks.ts';
import type { ChangedRows } from '../domain/state.ts';
import type { WebhookState } from '../domain/webhook.ts';
import { WorkLoop } from '../shared/work-loop.ts';
import { DeliveryWorker, type DeliveryWorkerOptions } from './delivery-worker.ts';
import { Lease } from './lease.ts';

export type DispatcherOptions = DeliveryWorkerOptions & {
  /** How long a claim holds without a sign of life. */
  leaseMs: number;
  /** The longest time between two looks. */
  pollMs: number;
};

export class Dispatcher implements AsyncDisposable {
  readonly #options: DispatcherOptions;
  readonly #loop = new WorkLoop(() => this.#takeDue());
  readonly #workers = new Map<number, Promise<void>>();
  readonly #leases = new Map<number, Lease>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Begins to work, first on what a process that has died left behind. */
  async start(): Promise<void> {
    const { execute, store } = this.#options;
    const abandoned = await findAbandonedLeases(store);
    await Promise.all(abandoned.map((held) => execute({ type: 'webhook.release', ...held })));
    this.#loop.start();
  }

  /** Looks soon for something to send. */
  wake(): void {
    this.#loop.wake();
  }

  /** Tells lanes how their webhooks are after a commit. They cause one themselves, whenever they record or renew. */
  updateLeases({ changed, removed }: ChangedRows<WebhookState>): void {
    for (const [webhookId, lease] of this.#leases) {
      if (changed.has(webhookId) || removed.has(webhookId)) lease.update(changed.get(webhookId));
    }
  }

  /** Sends nothing more, gives the claims back, and waits until they are. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
    await Promise.all(this.#workers.values());
  }

  /** Opens a lane for each webhook that is due; answers how long to wait before the next look. */
  async #takeDue(): Promise<number> {
    const { store, leaseMs, pollMs, log, now } = this.#options;
    try {
      const due = await findDueWebhooks(store, now(), leaseMs);
      for (const webhookId of due.filter((id) => !this.#workers.has(id))) this.#open(webhookId);
      const next = await findNextDueAtMs(store, now());
      return next === undefined || next <= now() ? pollMs : Math.min(pollMs, next - now());
    } catch (error) {
      log.error({ err: error }, 'cannot look for webhooks to send to');
      return pollMs;
    }
  }

  #open(webhookId: number): void {
    const { log, pollMs } = this.#options;
    const worker = this.#sendTo(webhookId)
      .catch(async (error: unknown) => {
        if (this.#loop.stop.aborted) return;
        log.error({ err: error, webhookId }, 'cannot send to a webhook');
        await this.#loop.rest(pollMs);
      })
      .finally(() => {
        this.#workers.delete(webhookId);
        this.wake();
      });
    this.#workers.set(webhookId, worker);
  }

  async #sendTo(webhookId: number): Promise<void> {
    await using lease = await Lease.acquire(this.#options, webhookId);
    if (!lease) return;
    this.#leases.set(webhookId, lease);
    try {
      await new DeliveryWorker(this.#options, lease, this.#loop.stop).run();
    } finally {
      this.#leases.delete(webhookId);
    }
  }
}
