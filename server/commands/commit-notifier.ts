// Tells whoever waits for something that a commit, of this node or of another, may have added it. Nobody may rely on
// it.

import type { CommitNotice, Store } from '../database/store.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** What a commit has added. */
export type CommittedChanges = Pick<UnitOfWork, 'events' | 'jobs' | 'webhooks' | 'deliveries'>;

/** @param added what it has added indeed, where that was on this node. It must not throw. */
type CommitSubscriber = (notice: CommitNotice, changes?: CommittedChanges) => void;

export class CommitNotifier {
  readonly #store: Store;
  readonly #subscribers: CommitSubscriber[] = [];

  constructor(store: Store) {
    this.#store = store;
    store.onNotice((notice) => this.#notify(notice));
  }

  /** Tells a follower from now on. */
  subscribe(subscriber: CommitSubscriber): void {
    this.#subscribers.push(subscriber);
  }

  /** Tells all here, and the other nodes. */
  publish(changes: CommittedChanges): void {
    const { events, jobs, webhooks, deliveries } = changes;
    const notice: CommitNotice = {
      events: events.length > 0,
      jobs: jobs.some(({ kind }) => kind === 'enqueue'),
      webhooks: webhooks.changed.size + webhooks.removed.size + deliveries.changed.size > 0,
    };
    this.#notify(notice, changes);
    if (notice.events || notice.jobs || notice.webhooks) this.#store.publishNotice(notice);
  }

  #notify(notice: CommitNotice, changes?: CommittedChanges): void {
    for (const subscriber of this.#subscribers) subscriber(notice, changes);
  }
}
