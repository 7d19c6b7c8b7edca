// Notices between nodes over LISTEN and NOTIFY, after each commit. A notice saves the wait for the next poll; lost
// notices are covered by polling.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client, Pool } from 'pg';
import type { CommitNotice, StoreOptions } from '../store.ts';
import { logConnectionLoss, openClient } from './connection/pool.ts';
import { runQuery } from './connection/run-query.ts';

const channel = 'order_commits';
const reconnectMs = 1_000;
const emptyNotice: CommitNotice = { events: false, jobs: false, webhooks: false };
const fullNotice: CommitNotice = { events: true, jobs: true, webhooks: true };

/**
 * A notice need not be durable. NOTIFY commits are serialized server-wide, so waiting for the disk would delay every
 * node.
 */
const notifyText = "select set_config('synchronous_commit', 'off', true), pg_notify($1, $2)";

export class Notifications implements AsyncDisposable {
  readonly #options: StoreOptions;
  readonly #pool: Pool;
  readonly #node = randomUUID();
  readonly #listeners: ((notice: CommitNotice) => void)[] = [];
  readonly #stop = new AbortController();
  #client: Client | undefined;
  /** A client that is not listening yet. */
  #opening: Client | undefined;
  #reconnecting: Promise<void> | undefined;
  #pending = emptyNotice;
  #sending: Promise<void> | undefined;

  private constructor(options: StoreOptions, pool: Pool) {
    this.#options = options;
    this.#pool = pool;
  }

  /**
   * Starts to listen.
   * @throws DatabaseUnavailableError
   */
  static async open(options: StoreOptions, pool: Pool): Promise<Notifications> {
    const notifications = new Notifications(options, pool);
    try {
      await notifications.#listen();
      return notifications;
    } catch (error) {
      await notifications[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Notices that arrive while one is being sent are merged. */
  readonly publish = (notice: CommitNotice): void => {
    this.#pending = mergeNotices(this.#pending, notice);
    this.#sending ??= this.#send();
  };

  readonly subscribe = (listener: (notice: CommitNotice) => void): void => {
    this.#listeners.push(listener);
  };

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#sending;
    // The client would wait for a database that does not respond.
    this.#opening?.connection.stream.destroy();
    await this.#client?.end().catch(() => {});
    await this.#reconnecting;
  }

  /** A notice that cannot be sent is sent again after a pause, until the end of the service. */
  async #send(): Promise<void> {
    const { signal } = this.#stop;
    while (this.#pending !== emptyNotice) {
      const notice = this.#pending;
      this.#pending = emptyNotice;
      try {
        const text = JSON.stringify({ node: this.#node, notice });
        await runQuery(this.#pool, { text: notifyText, values: [channel, text] });
      } catch {
        if (signal.aborted) break;
        this.#pending = mergeNotices(this.#pending, notice);
        await pause(reconnectMs, undefined, { signal }).catch(() => {});
      }
    }
    this.#sending = undefined;
  }

  async #listen(): Promise<void> {
    const client = await openClient(this.#options, (created) => {
      this.#opening = created;
      // The `end` event schedules the next attempt, also if the connection cannot be opened.
      created.on('end', () => {
        this.#reconnecting = this.#reconnect();
      });
    });
    client.on('notification', ({ payload = '' }) => this.#receive(payload));
    try {
      await runQuery(client, { text: `listen ${channel}` });
    } catch (error) {
      client.end().catch(() => {});
      throw error;
    }
    this.#opening = undefined;
    if (this.#stop.signal.aborted) await client.end().catch(() => {});
    else this.#client = client;
  }

  /** Notices were missed while disconnected, so every subscriber looks for work. */
  async #reconnect(): Promise<void> {
    const { signal } = this.#stop;
    await pause(reconnectMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    try {
      await this.#listen();
      for (const listener of this.#listeners) listener(fullNotice);
    } catch (error) {
      if (error instanceof Error) logConnectionLoss(this.#options.log, error);
    }
  }

  #receive(payload: string): void {
    const { node, notice } = parseNotice(payload);
    if (node === this.#node) return;
    for (const listener of this.#listeners) listener(notice);
  }
}

function mergeNotices(one: CommitNotice, other: CommitNotice): CommitNotice {
  return {
    events: one.events || other.events,
    jobs: one.jobs || other.jobs,
    webhooks: one.webhooks || other.webhooks,
  };
}

/** Any client of the database can send notices. One that cannot be parsed counts as a notice of everything. */
function parseNotice(payload: string): { node?: string | undefined; notice: CommitNotice } {
  try {
    const { node, notice }: { node?: string; notice?: Partial<CommitNotice> } = JSON.parse(payload);
    return { node, notice: { ...emptyNotice, ...notice } };
  } catch {
    return { notice: fullNotice };
  }
}
