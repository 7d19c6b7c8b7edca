// Notifies subscribers after each commit of this or another node. Notifications can be lost or redundant, so
// subscribers also poll.

import type { CommitNotice, Store } from '../database/store.ts';
import type { JobChange } from '../domain/state.ts';
import type { UnitOfWork } from './unit-of-work.ts';

/** The changes that a commit of this node contains. */
export type CommittedChanges = Pick<UnitOfWork, 'events' | 'jobs' | 'runs' | 'begun' | 'webhooks' | 'deliveries'>;

/**
 * Must not throw.
 * @param changes the committed changes; undefined for a commit of another node
 */
type CommitSubscriber = (notice: CommitNotice, changes?: CommittedChanges) => void;

export class CommitNotifier {
  readonly #store: Store;
  readonly #subscribers: CommitSubscriber[] = [];

  constructor(store: Store) {
    this.#store = store;
    store.onNotice((notice) => this.#notify(notice));
  }

  /** Calls the subscriber after every further commit. */
  subscribe(subscriber: CommitSubscriber): void {
    this.#subscribers.push(subscriber);
  }

  /** Notifies the subscribers of this node and the other nodes. */
  publish(changes: CommittedChanges): void {
    const { events, jobs, webhooks, deliveries } = changes;
    const notice: CommitNotice = {
      events: events.length > 0,
      jobs: jobs.some(isDue),
      webhooks: webhooks.changed.size + webhooks.removed.size + deliveries.changed.size > 0,
    };
    this.#notify(notice, changes);
    if (notice.events || notice.jobs || notice.webhooks) this.#store.publishNotice(notice);
  }

  #notify(notice: CommitNotice, changes?: CommittedChanges): void {
    for (const subscriber of this.#subscribers) subscriber(notice, changes);
  }
}

/** Whether a job may be due now. A job whose lease began with its commit is not. */
function isDue(change: JobChange): boolean {
  return change.kind === 'enqueue-if-missing' || (change.kind === 'enqueue' && change.leasedUntilMs === undefined);
}
