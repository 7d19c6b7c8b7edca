// Runs one delivery worker for each webhook that is due, each under one lease. Notifications wake the dispatcher early;
// correctness depends on polling alone.

import { findAbandonedLeases, findDueWebhooks, readWebhookSchedule } from '../database/queries/due-webhooks.ts';
import { isUnavailable } from '../domain/problem.ts';
import type { ChangedRows } from '../domain/state.ts';
import type { WebhookState } from '../domain/webhook.ts';
import { computePollDelayMs, type PollIntervals, WorkLoop } from '../shared/work-loop.ts';
import { DeliveryWorker, type DeliveryWorkerOptions } from './delivery-worker.ts';
import { Lease } from './lease.ts';

export type DispatcherOptions = DeliveryWorkerOptions &
  PollIntervals & {
    /** How long a lease is valid without renewal, in milliseconds. */
    leaseMs: number;
  };

export class Dispatcher implements AsyncDisposable {
  readonly #options: DispatcherOptions;
  readonly #loop = new WorkLoop(() => this.#startDueWorkers());
  readonly #workers = new Map<number, Promise<void>>();
  readonly #leases = new Map<number, Lease>();
  /** Whether the latest poll has found any webhook. */
  #hasWebhooks = true;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /**
   * Releases the leases of a previous process that was killed, and starts polling. While the database takes no writes,
   * these leases expire.
   */
  async start(): Promise<void> {
    const { execute, store, log } = this.#options;
    const abandoned = await findAbandonedLeases(store);
    try {
      await Promise.all(abandoned.map((key) => execute({ type: 'webhook.release', ...key })));
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      log.warn({ err: error }, 'leases of an ended process could not be released; waiting for them to expire');
    }
    this.#loop.start();
  }

  /** Polls soon. */
  wake(): void {
    this.#loop.wake();
  }

  /** Polls soon if an event may be due. While there are no webhooks, a commit costs no query. */
  wakeForEvents(): void {
    if (this.#hasWebhooks) this.wake();
  }

  /** Updates the leases after a commit. Called for every commit, including those of the workers. */
  updateLeases({ changed, removed }: ChangedRows<WebhookState>): void {
    for (const [webhookId, lease] of this.#leases) {
      if (changed.has(webhookId) || removed.has(webhookId)) lease.update(changed.get(webhookId));
    }
  }

  /** Stops all workers and resolves when their leases are released. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop[Symbol.asyncDispose]();
    await Promise.all(this.#workers.values());
  }

  /** Starts a worker for each due webhook without one. Returns how long to wait before the next poll. */
  async #startDueWorkers(): Promise<number> {
    const { store, leaseMs, retryMs, log, now } = this.#options;
    try {
      const due = await findDueWebhooks(store, now(), leaseMs);
      for (const webhookId of due.filter((id) => !this.#workers.has(id))) this.#startWorker(webhookId);
      const { hasWebhooks, nextDueAtMs } = await readWebhookSchedule(store, now());
      this.#hasWebhooks = hasWebhooks;
      return computePollDelayMs(nextDueAtMs, now(), this.#options);
    } catch (error) {
      log.error({ err: error }, 'polling for due webhooks failed');
      return retryMs;
    }
  }

  #startWorker(webhookId: number): void {
    const { log, retryMs } = this.#options;
    const worker = this.#runWorker(webhookId)
      .catch(async (error: unknown) => {
        if (this.#loop.stop.aborted) return;
        log.error({ err: error, webhookId }, 'delivery worker failed');
        await this.#loop.sleep(retryMs);
      })
      .finally(() => {
        this.#workers.delete(webhookId);
        this.wake();
      });
    this.#workers.set(webhookId, worker);
  }

  async #runWorker(webhookId: number): Promise<void> {
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
