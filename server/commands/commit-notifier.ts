// Tells whoever waits for something that a commit, of this node or of another, may have added it. Nobody may rely on
// it.

import type { Hint, Store } from '../database/store.ts';
import type { Workspace } from './unit-of-work.ts';

/** What a commit has added. */
export type Added = Pick<Workspace, 'events' | 'jobs' | 'webhooks' | 'deliveries'>;

/** @param added what it has added indeed, where that was on this node. It must not throw. */
type Follower = (hint: Hint, added?: Added) => void;

export class Hints {
  readonly #store: Store;
  readonly #followers: Follower[] = [];

  constructor(store: Store) {
    this.#store = store;
    store.onTold((hint) => this.#tell(hint));
  }

  /** Tells a follower from now on. */
  follow(follower: Follower): void {
    this.#followers.push(follower);
  }

  /** Tells all here, and the other nodes. */
  spread(added: Added): void {
    const { events, jobs, webhooks, deliveries } = added;
    const hint: Hint = {
      events: events.length > 0,
      jobs: jobs.some(({ kind }) => kind === 'enqueue'),
      webhooks: webhooks.changed.size + webhooks.removed.size + deliveries.changed.size > 0,
    };
    this.#tell(hint, added);
    if (hint.events || hint.jobs || hint.webhooks) this.#store.tell(hint);
  }

  #tell(hint: Hint, added?: Added): void {
    for (const follower of this.#followers) follower(hint, added);
  }
}
