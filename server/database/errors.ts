// Classifies errors of both databases.

import { UnknownCommitError } from './commit-errors.ts';
import type { FailureKind } from './failure-kind.ts';
import { classifyPostgresCode } from './postgres/errors/codes.ts';
import { classifySqliteCode, SqliteFileError } from './sqlite/errors.ts';

/** Classifies an error by the first database code in its chain of causes. Default: `rejected`. */
export function classifyFailure(error: unknown): FailureKind {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof UnknownCommitError) return 'storage';
    const code = 'code' in cause ? String(cause.code) : '';
    const kind = classifySqliteCode(code) ?? classifyPostgresCode(code);
    if (kind) return kind;
  }
  return 'rejected';
}

/** Returns the cause of a failed write for callers, without paths, as in `the disk is full`, if it is known. */
export function describeForCallers(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof SqliteFileError) return cause.meaning;
  }
  return undefined;
}
