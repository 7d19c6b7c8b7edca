// Enqueues runs that began with their commit and whose node died before it renewed their lease: they have no job yet.

import type { PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import type { Store } from '../../../database/store.ts';
import { toJobId, validationQueue } from './job-names.ts';
import { selectExpiredRunIds } from './job-queries.ts';

export type FirstLeaseOptions = {
  /** Duration of the first lease of a run, in milliseconds. */
  leaseMs: number;
  /** Milliseconds since the epoch. */
  now(): number;
};

/** The most runs that are enqueued together. */
const batchSize = 500;

/** Returns the earliest start of runs whose first lease is still valid. RFC 3339. */
export function computeLeaseStart({ now, leaseMs }: FirstLeaseOptions): string {
  return new Date(now() - leaseMs).toISOString();
}

/**
 * Enqueues running runs without a job whose first lease has expired, due at once. The node that fetches one claims the run, which starts the next
 * attempt. Several nodes may enqueue the same run, because its job has one id.
 */
export async function enqueueExpiredRuns({
  boss,
  store,
  log,
  ...lease
}: FirstLeaseOptions & { boss: PgBoss; store: Store; log: Logger }): Promise<void> {
  const runIds = await selectExpiredRunIds(store, computeLeaseStart(lease), batchSize);
  if (runIds.length === 0) return;
  log.warn({ count: runIds.length }, 'enqueuing validations whose node has not renewed their lease');
  await boss.insert(
    validationQueue,
    runIds.map((runId) => ({ id: toJobId(runId), data: { runId } })),
  );
}
