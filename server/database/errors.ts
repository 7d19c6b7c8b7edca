// What a failed commit means: whether to wait, to refuse, to decide anew, or to look for the command that is to blame.

import { UnknownCommitError, WriteConflictError } from './commit-errors.ts';
import { classifyPostgresCode } from './postgres/errors.ts';
import { classifySqliteCode } from './sqlite/errors.ts';

/**
 * `busy`: somebody else holds the database, or it is away for a moment; nothing was written. `storage`: the disk is
 * full or failing, or nobody knows whether the commit is on it. `race`: another node was faster, and what was decided
 * is no longer true; nothing was written. `fault`: the database took offence at something that was written, and rolled
 * back.
 */
export type FailureKind = 'busy' | 'storage' | 'conflict' | 'rejected';

/** Looks through the causes of an error for the code that the database gave. */
export function classifyFailure(error: unknown): FailureKind {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof UnknownCommitError) return 'storage';
    if (cause instanceof WriteConflictError) return 'conflict';
    const code = 'code' in cause ? String(cause.code) : '';
    const kind = classifySqliteCode(code) ?? classifyPostgresCode(code);
    if (kind) return kind;
  }
  return 'rejected';
}
