// How long it takes until validations whose node was killed are free for somebody else: seen in the database, by the
// versions of the rules that belong to the nodes, and by what the job engine says of their jobs.

import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'pg';

const lookAgainMs = 100;

/** A run as it was left: with its fence, and how often its job had been lost before. */
type Left = { id: string; fence: string; losses: string | null };
type Orphan = Left & { since: number };

const leftText = `select runs.id, fence, retry_count as losses from validation_runs as runs
  left join pgboss.job on job.name = 'validation' and (data ->> 'runId')::bigint = runs.id`;

export class TakeoverMonitor implements AsyncDisposable {
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
  async recordOrphans(node: number): Promise<void> {
    const text = `${leftText} where runs.state = 'running' and policy_version = $1 and job.state = 'active'`;
    const { rows } = await this.#pool.query<Left>(text, [this.#versions[node]]);
    const since = performance.now();
    const known = new Set(this.#orphans.map(nameOf));
    this.#orphans.push(...rows.filter((left) => !known.has(nameOf(left))).map((left) => ({ ...left, since })));
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
    const text = `${leftText} where runs.id = any($1) and runs.state = 'running' and job.state = 'active'`;
    const { rows } = await this.#pool.query<Left>(text, [ids]);
    const left = new Set(rows.map(nameOf));
    const now = performance.now();
    const isLeft = (orphan: Orphan) => left.has(nameOf(orphan));
    for (const { since } of this.#orphans.filter((orphan) => !isLeft(orphan))) this.waits.push(now - since);
    this.#orphans = this.#orphans.filter(isLeft);
  }
}

function nameOf({ id, fence, losses }: Left): string {
  return `${id} ${fence} ${losses}`;
}
