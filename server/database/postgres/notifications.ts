// What nodes tell one another after a commit, over LISTEN and NOTIFY: a hint that saves waiting for the next poll. What
// gets lost is found by that.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, type Pool } from 'pg';
import type { CommitNotice, StoreOptions } from '../store.ts';
import { connectClient, connectionSettings, logConnectionLoss } from './connection/pool.ts';

const channel = 'order_commits';
const reconnectMs = 1_000;
const nothing: CommitNotice = { events: false, jobs: false, webhooks: false };
const anything: CommitNotice = { events: true, jobs: true, webhooks: true };

/** Nothing of a word has to be on the disk; and whoever commits one holds a lock that all who do so wait for. */
const notifyText = "select set_config('synchronous_commit', 'off', true), pg_notify($1, $2)";

export class Notifications implements AsyncDisposable {
  readonly #options: StoreOptions;
  readonly #pool: Pool;
  readonly #node = randomUUID();
  readonly #listeners: ((hint: CommitNotice) => void)[] = [];
  readonly #stop = new AbortController();
  #client: Client | undefined;
  #pending = nothing;
  #sending: Promise<void> | undefined;

  private constructor(options: StoreOptions, pool: Pool) {
    this.#options = options;
    this.#pool = pool;
  }

  /** Begins to listen. */
  static async open(options: StoreOptions, pool: Pool): Promise<Notifications> {
    const notifications = new Notifications(options, pool);
    await notifications.#listen();
    return notifications;
  }

  /** What is told while a word is under way is told together. */
  readonly tell = (hint: CommitNotice): void => {
    this.#pending = {
      events: this.#pending.events || hint.events,
      jobs: this.#pending.jobs || hint.jobs,
      webhooks: this.#pending.webhooks || hint.webhooks,
    };
    this.#sending ??= this.#send();
  };

  readonly onTold = (listener: (hint: CommitNotice) => void): void => {
    this.#listeners.push(listener);
  };

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#sending;
    await this.#client?.end().catch(() => {});
  }

  async #send(): Promise<void> {
    while (this.#pending !== nothing) {
      const text = JSON.stringify({ node: this.#node, hint: this.#pending });
      this.#pending = nothing;
      await this.#pool.query(notifyText, [channel, text]).catch(() => {});
    }
    this.#sending = undefined;
  }

  async #listen(): Promise<void> {
    const client = new Client(connectionSettings(this.#options));
    client.on('notification', ({ payload = '' }) => this.#hear(payload));
    client.on('error', (error) => logConnectionLoss(this.#options.log, error));
    client.on('end', () => void this.#listenAgain());
    try {
      await connectClient(client);
      await client.query(`listen ${channel}`);
    } catch (error) {
      // Its end brings the next try.
      client.end().catch(() => {});
      throw error;
    }
    this.#client = client;
  }

  /** What was told meanwhile was not heard: whoever waits for something looks. */
  async #listenAgain(): Promise<void> {
    const { signal } = this.#stop;
    await pause(reconnectMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    try {
      await this.#listen();
      for (const listener of this.#listeners) listener(anything);
    } catch (error) {
      if (error instanceof Error) logConnectionLoss(this.#options.log, error);
    }
  }

  #hear(payload: string): void {
    const { node, hint } = parseNotice(payload);
    if (node === this.#node) return;
    for (const listener of this.#listeners) listener(hint);
  }
}

/** Whoever may connect may say anything here: what is not understood is a hint at anything. */
function parseNotice(payload: string): { node?: string | undefined; hint: CommitNotice } {
  try {
    const { node, hint }: { node?: string; hint?: Partial<CommitNotice> } = JSON.parse(payload);
    return { node, hint: { ...nothing, ...hint } };
  } catch {
    return { hint: anything };
  }
}
