// The interface of the job queue. The run is authoritative; a job only makes a runner consider its run.

import type { EntityManager } from '@mikro-orm/sql';
import type { FencedRun } from '../../domain/run-commands.ts';
import type { JobChange } from '../../domain/state.ts';

/** A run whose job is due. */
export type DueRun = FencedRun & {
  /** Whether the run may be claimed before a thread is free. See `canClaimEarly`. */
  canClaimEarly: boolean;
};

/** The due validation runs of a database, shared by its nodes. */
export type JobQueue = AsyncDisposable & {
  /** Applies the job changes of a commit, within its transaction. */
  write(em: EntityManager, changes: JobChange[]): Promise<void>;
  /**
   * Returns at most `limit` runs that are due or whose lease has expired, longest waiting first. The list may include
   * runs that this process is already evaluating.
   */
  findDue(limit: number): Promise<DueRun[]>;
  /** Reports that this process no longer works on a run that `findDue` returned, with or without a result. */
  release(run: DueRun): void;
  /** Returns when the next run becomes due, in milliseconds since the epoch, or undefined if none is waiting. */
  findNextDueAtMs(): Promise<number | undefined>;
  /** Returns the runs that an ended process had claimed. Must be called before the first claim. */
  findAbandoned(): Promise<FencedRun[]>;
  /** Returns at most `limit` open runs without a job. No runner would ever claim them. */
  findRunsWithoutJob(limit: number): Promise<FencedRun[]>;
  /**
   * Subscribes to open runs whose job the queue has given up, because every node that took it has died. Disposing of
   * the result ends the subscription.
   */
  onDeadLetter(listener: (run: FencedRun) => Promise<unknown>): Promise<AsyncDisposable>;
};

/** Keeps the last change of each run. `enqueue-if-missing` replaces no earlier change of its run except a lease. */
export function keepLastChangePerRun<Change extends JobChange>(changes: Change[]): Change[] {
  const last = new Map<number, Change>();
  for (const change of changes) {
    const earlier = last.get(change.runId);
    if (change.kind !== 'enqueue-if-missing' || !earlier || isLease(earlier)) last.set(change.runId, change);
  }
  return [...last.values()];
}

/** Whether a change only concerns the lease of a job. */
export function isLease(change: JobChange): change is Extract<JobChange, { kind: 'lease' | 'renew' }> {
  return change.kind === 'lease' || change.kind === 'renew';
}

/**
 * Whether a run may be claimed before a thread is free: it has not been attempted yet, and its first attempt is not its
 * last. If the process ends, every claimed run loses an attempt.
 */
export function canClaimEarly({ attempt, max_attempts }: { attempt: number; max_attempts: number }): boolean {
  return attempt === 0 && max_attempts > 1;
}
