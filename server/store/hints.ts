// Tells whoever waits for something that a commit, of this node or of another, may have added it. Nobody may rely on it.

import type { Hint, Store } from './store.ts';
import type { Workspace } from './workspace.ts';

/** What a commit has added. */
export type Added = Pick<Workspace, 'events' | 'jobs' | 'webhooks' | 'deliveries'>;

export class Hints {
  readonly #store: Store;
  readonly #followers: ((hint: Hint) => void)[] = [];

  constructor(store: Store) {
    this.#store = store;
    store.onTold((hint) => this.#tell(hint));
  }

  /** Tells a follower from now on. It must not throw. */
  follow(follower: (hint: Hint) => void): void {
    this.#followers.push(follower);
  }

  /** Tells all here, and the other nodes. */
  spread({ events, jobs, webhooks, deliveries }: Added): void {
    const hint = {
      events: events.length > 0,
      jobs: jobs.some(({ kind }) => kind === 'enqueue'),
      webhooks: webhooks.changed.size + deliveries.changed.size > 0,
    };
    if (!hint.events && !hint.jobs && !hint.webhooks) return;
    this.#tell(hint);
    this.#store.tell(hint);
  }

  #tell(hint: Hint): void {
    for (const follower of this.#followers) follower(hint);
  }
}
