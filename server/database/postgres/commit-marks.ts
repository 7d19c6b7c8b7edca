// Determines whether a commit whose response was lost has happened. Every transaction of a node first writes its number
// into the node's own row, so that row shows the node's last commit, even after a crash or failover.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { type ConstantQuery, toConstantQuery } from '../bulk/statements.ts';
import { runQuery } from './connection/run-query.ts';

const retryMs = 100;

/** A commit that needs about as much space as a large group, so that it fails on a full disk. */
const probeText = `insert into commit_marks (node, mark, marked_at)
    select gen_random_uuid(), -1, now() from generate_series(1, 2000);
  delete from commit_marks where mark = -1`;

const purgeText = "delete from commit_marks where marked_at < now() - interval '7 days'";
const deleteText = 'delete from commit_marks where node = $1';
const writeText = `insert into commit_marks (node, mark, marked_at) values ($1, $2, now())
  on conflict (node) do update set mark = excluded.mark, marked_at = excluded.marked_at`;
const readText = `insert into commit_marks (node, mark, marked_at) values ($1, 0, now())
  on conflict (node) do update set marked_at = excluded.marked_at returning mark`;

export class CommitMarks {
  readonly #pool: Pool;
  readonly #timeoutMs: number;
  readonly #node = randomUUID();
  #latest = 0;

  /** @param timeoutMs how long to try to determine the outcome */
  constructor(pool: Pool, timeoutMs: number) {
    this.#pool = pool;
    this.#timeoutMs = timeoutMs;
  }

  /** Creates the mark of this node. Deletes the marks of nodes that were not seen for a week. */
  async open(): Promise<void> {
    await runQuery(this.#pool, { text: purgeText });
    await this.#readCommittedMark();
  }

  async close(): Promise<void> {
    await runQuery(this.#pool, { text: deleteText, values: [this.#node] }).catch(() => {});
  }

  /**
   * Commits rows and deletes them in the same transaction.
   * @throws UnknownCommitError the commit may be lost in a failover
   */
  async probe(): Promise<void> {
    await runQuery(this.#pool, { text: probeText });
  }

  /** Returns the number of the next transaction, and its first statement, which writes the number. */
  next(): { mark: number; query: ConstantQuery } {
    this.#latest += 1;
    return { mark: this.#latest, query: toConstantQuery(writeText, [this.#node, this.#latest], true) };
  }

  /** Whether the transaction of this number, the latest, was committed; undefined if that cannot be determined. */
  async isCommitted(mark: number): Promise<boolean | undefined> {
    const end = performance.now() + this.#timeoutMs;
    do {
      try {
        return (await this.#readCommittedMark()) === mark;
      } catch {
        await pause(retryMs);
      }
    } while (performance.now() < end);
    return undefined;
  }

  /** Returns the committed number. Waits for the row lock, so for the end of a transaction that is still running. */
  async #readCommittedMark(): Promise<number> {
    const { rows } = await runQuery<{ mark: number }>(this.#pool, { text: readText, values: [this.#node] });
    return rows[0]?.mark ?? 0;
  }
}
