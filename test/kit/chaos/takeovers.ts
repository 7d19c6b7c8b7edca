// How long validations whose node was killed wait for somebody else: seen in the database, by the versions of the rules
// that belong to the nodes.

import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'pg';

const lookAgainMs = 100;

type Orphan = { id: number; fence: number; since: number };

export class Takeovers implements AsyncDisposable {
  readonly #pool: Pool;
  readonly #versions: readonly string[];
  readonly #over = new AbortController();
  readonly #watching: Promise<void>;
  #orphans: Orphan[] = [];
  /** How long each has waited, in milliseconds. */
  readonly waits: number[] = [];

  /** @param versions the versions of the rules of each node */
  constructor(databaseUrl: string, versions: readonly string[]) {
    this.#pool = new Pool({ connectionString: databaseUrl, max: 2 });
    this.#pool.on('error', () => {});
    this.#versions = versions;
    this.#watching = this.#watch();
  }

  /** Looks what a node that was just killed has left behind. */
  async look(node: number): Promise<void> {
    const text = "select id, fence from validation_runs where state = 'running' and policy_version = $1";
    const runs = await this.#pool.query<{ id: string; fence: string }>(text, [this.#versions[node]]);
    const since = performance.now();
    this.#orphans.push(...runs.rows.map(({ id, fence }) => ({ id: Number(id), fence: Number(fence), since })));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#watching;
    await this.#pool.end();
  }

  async #watch(): Promise<void> {
    while (!this.#over.signal.aborted) {
      await pause(lookAgainMs);
      if (this.#orphans.length > 0) await this.#settle().catch(() => {});
    }
  }

  async #settle(): Promise<void> {
    const ids = this.#orphans.map(({ id }) => id);
    const text = "select id, fence from validation_runs where id = any($1) and state in ('queued', 'running')";
    const { rows } = await this.#pool.query<{ id: string; fence: string }>(text, [ids]);
    const fences = new Map(rows.map(({ id, fence }) => [Number(id), Number(fence)]));
    const now = performance.now();
    const isLeft = ({ id, fence }: Orphan) => fences.get(id) === fence;
    for (const { since } of this.#orphans.filter((orphan) => !isLeft(orphan))) this.waits.push(now - since);
    this.#orphans = this.#orphans.filter(isLeft);
  }
}
