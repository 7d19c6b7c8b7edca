// Measures how long the validations of a killed node wait until another node may take them over. Reads the database:
// the policy version of a run identifies its node, and the retry count of its job counts losses.

import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'pg';

const pollIntervalMs = 100;

/** A running validation of a killed node. `retries` is the retry count of its job. */
type OrphanRow = { id: string; fence: string; retries: string | null };
type Orphan = OrphanRow & { sinceMs: number };

const selectRuns = `select runs.id, fence, retry_count as retries from validation_runs as runs
  left join pgboss.job on job.name = 'validation' and (data ->> 'runId')::bigint = runs.id`;

export class TakeoverMonitor implements AsyncDisposable {
  readonly #pool: Pool;
  readonly #policyVersions: readonly string[];
  readonly #stopping = new AbortController();
  readonly #polling: Promise<void>;
  #orphans: Orphan[] = [];
  /** The waiting times of the orphans that were released, in milliseconds. */
  readonly waitsMs: number[] = [];

  /** @param policyVersions the policy version of each node */
  constructor(databaseUrl: string, policyVersions: readonly string[]) {
    this.#pool = new Pool({ connectionString: databaseUrl, max: 2 });
    this.#pool.on('error', () => {});
    this.#policyVersions = policyVersions;
    this.#polling = this.#poll();
  }

  /** Records the validations that a node was running when it was killed. */
  async recordOrphans(node: number): Promise<void> {
    const text = `${selectRuns} where runs.state = 'running' and policy_version = $1 and job.state = 'active'`;
    const { rows } = await this.#pool.query<OrphanRow>(text, [this.#policyVersions[node]]);
    const sinceMs = performance.now();
    const recorded = new Set(this.#orphans.map(toKey));
    this.#orphans.push(...rows.filter((row) => !recorded.has(toKey(row))).map((row) => ({ ...row, sinceMs })));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#polling;
    await this.#pool.end();
  }

  async #poll(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await pause(pollIntervalMs);
      // The database is unreachable at times.
      if (this.#orphans.length > 0) await this.#removeReleased().catch(() => {});
    }
  }

  async #removeReleased(): Promise<void> {
    const ids = this.#orphans.map(({ id }) => id);
    const text = `${selectRuns} where runs.id = any($1) and runs.state = 'running' and job.state = 'active'`;
    const { rows } = await this.#pool.query<OrphanRow>(text, [ids]);
    const remaining = new Set(rows.map(toKey));
    const nowMs = performance.now();
    const isRemaining = (orphan: Orphan) => remaining.has(toKey(orphan));
    for (const { sinceMs } of this.#orphans.filter((orphan) => !isRemaining(orphan))) {
      this.waitsMs.push(nowMs - sinceMs);
    }
    this.#orphans = this.#orphans.filter(isRemaining);
  }
}

function toKey({ id, fence, retries }: OrphanRow): string {
  return `${id} ${fence} ${retries}`;
}
