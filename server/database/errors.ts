// What a failed commit means: whether to wait, to refuse, to decide anew, or to look for the command that is to blame.

import { LostRaceError, UnknownCommitError } from './commit-errors.ts';
import { postgresFailureKind } from './postgres/errors.ts';
import { sqliteFailureKind } from './sqlite/errors.ts';

/**
 * `busy`: somebody else holds the database, or it is away for a moment; nothing was written. `storage`: the disk is
 * full or failing, or nobody knows whether the commit is on it. `race`: another node was faster, and what was decided
 * is no longer true; nothing was written. `fault`: the database took offence at something that was written, and rolled
 * back.
 */
export type FailureKind = 'busy' | 'storage' | 'race' | 'fault';

/** Looks through the causes of an error for the code that the database gave. */
export function failureKindOf(error: unknown): FailureKind {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof UnknownCommitError) return 'storage';
    if (cause instanceof LostRaceError) return 'race';
    const code = 'code' in cause ? String(cause.code) : '';
    const kind = sqliteFailureKind(code) ?? postgresFailureKind(code);
    if (kind) return kind;
  }
  return 'fault';
}
