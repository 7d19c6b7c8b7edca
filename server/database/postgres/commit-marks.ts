// Tells whether a commit has happened whose answer was lost. Every transaction of a node first writes the next number
// into the node's own row: whoever reads that row knows how far the node has come, after every crash and failover.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';

const againMs = 100;

export class CommitMarks {
  readonly #pool: Pool;
  readonly #patienceMs: number;
  readonly #node = randomUUID();
  #latest = 0;
  #isOpen = false;

  /** @param patienceMs how long to try to find out */
  constructor(pool: Pool, patienceMs: number) {
    this.#pool = pool;
    this.#patienceMs = patienceMs;
  }

  /** The number of the transaction that was begun last. */
  get latest(): number {
    return this.#latest;
  }

  /** From now on every transaction is marked. Forgets nodes that have not been there for a week. */
  async open(): Promise<void> {
    await this.#pool.query("delete from commit_marks where marked_at < now() - interval '7 days'");
    await this.#waitForMark();
    this.#isOpen = true;
  }

  async close(): Promise<void> {
    await this.#pool.query('delete from commit_marks where node = $1', [this.#node]).catch(() => {});
  }

  /** The statements that begin a transaction. */
  readonly begin = (): string => {
    if (!this.#isOpen) return 'begin';
    this.#latest += 1;
    return `begin; insert into commit_marks (node, mark, marked_at) values ('${this.#node}', ${this.#latest}, now())
      on conflict (node) do update set mark = excluded.mark, marked_at = excluded.marked_at`;
  };

  /**
   * Whether the transaction of this number, the latest, has been committed; undefined where that cannot be found out.
   */
  async isCommitted(mark: number): Promise<boolean | undefined> {
    const end = performance.now() + this.#patienceMs;
    do {
      try {
        return (await this.#waitForMark()) === mark;
      } catch {
        await pause(againMs);
      }
    } while (performance.now() < end);
    return undefined;
  }

  /**
   * The number that is committed. It waits for the lock of the row: where the transaction goes on, until it has ended.
   */
  async #waitForMark(): Promise<number> {
    const { rows } = await this.#pool.query<{ mark: number }>(
      `insert into commit_marks (node, mark, marked_at) values ($1, 0, now())
        on conflict (node) do update set marked_at = excluded.marked_at returning mark`,
      [this.#node],
    );
    return rows[0]?.mark ?? 0;
  }
}
