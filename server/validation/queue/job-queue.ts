// The port of the job engine. The run is the truth; a job only says that somebody should look at it.

import type { EntityManager } from '@mikro-orm/sql';
import type { FencedRun } from '../../domain/run-commands.ts';
import type { JobChange } from '../../domain/state.ts';

/** A run that somebody should look at. */
export type DueRun = FencedRun & {
  /** Whether it may be claimed before a thread is free: it was not attempted yet, and this is not its last attempt. */
  canWait: boolean;
};

export type JobQueue = AsyncDisposable & {
  /** Applies the job changes of a commit, within its transaction. */
  write(em: EntityManager, changes: JobChange[]): Promise<void>;
  /**
   * The runs that are due, longest waiting first: those that wait, and those that nobody keeps alive any more. There
   * may be others among them that are under way here.
   */
  findDue(limit: number): Promise<DueRun[]>;
  /** Tells that nothing is done any more here for a run that was found due, however that ended. */
  release(run: DueRun): void;
  /** When the next run becomes due, in milliseconds since the epoch; undefined where none waits. */
  findNextDueAt(): Promise<number | undefined>;
  /** The claims that a process which no longer lives has left behind. For the start, before the first claim. */
  findAbandoned(): Promise<FencedRun[]>;
  /** Open runs that have no job, so that nobody would ever look at them. */
  findRunsWithoutJob(limit: number): Promise<FencedRun[]>;
  /** Hands over, from now on, the runs whose jobs the engine itself gives up, since all who took them have died. */
  onDeadLetter(take: (run: FencedRun) => Promise<unknown>): Promise<AsyncDisposable>;
};

/** The last change of each run. What is only restored is left to whatever else has become of it, but for a lease. */
export function keepLastChangePerRun<Change extends JobChange>(changes: Change[]): Change[] {
  const last = new Map<number, Change>();
  for (const change of changes) {
    const former = last.get(change.runId);
    if (change.kind !== 'restore' || !former || former.kind === 'lease') last.set(change.runId, change);
  }
  return [...last.values()];
}

/** Whether a run may be claimed before a thread is free. */
export function canWait({ attempt, max_attempts }: { attempt: number; max_attempts: number }): boolean {
  return attempt === 0 && max_attempts > 1;
}
