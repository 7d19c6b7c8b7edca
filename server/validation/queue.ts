// The port of the job engine. The run is the truth; a job only says that somebody should look at it.

import type { EntityManager } from '@mikro-orm/sql';
import type { JobChange } from '../store/state.ts';

/** A run that somebody should look at. */
export type DueRun = {
  runId: number;
  /** Whether it may be claimed before a thread is free: it was not attempted yet, and this is not its last attempt. */
  mayWait: boolean;
};

export type JobQueue = {
  /** Applies the job changes of a commit, within its transaction. */
  write(em: EntityManager, changes: JobChange[]): Promise<void>;
  /** The runs that are due, longest waiting first: those that wait, and those whose lease has run out. */
  findDue(limit: number): Promise<DueRun[]>;
  /** When the next run becomes due, in milliseconds since the epoch; undefined where none waits. */
  nextDueAt(): Promise<number | undefined>;
  /** The claims that a process which no longer lives has left behind. For the start, before the first claim. */
  findAbandoned(): Promise<{ runId: number; fence: number }[]>;
  /** Open runs that have no job, so that nobody would ever look at them. */
  findRunsWithoutJob(limit: number): Promise<number[]>;
};
