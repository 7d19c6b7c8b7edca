// What a failed commit means: whether to wait, to refuse, or to look for the command that is to blame.

import { UnknownCommitError } from './sqlite-dialect.ts';

/**
 * `busy`: somebody else holds the file, nothing was written. `storage`: the disk is full or failing, or nobody knows
 * whether the commit is on it. `fault`: the database took offence at something that was written, and rolled back.
 */
export type FailureKind = 'busy' | 'storage' | 'fault';

const storageCodes = ['FULL', 'IOERR', 'READONLY', 'CANTOPEN', 'NOMEM', 'CORRUPT', 'NOTADB', 'PROTOCOL'];

/** Looks through the causes of an error for the code that SQLite gave. */
export function failureKindOf(error: unknown): FailureKind {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof UnknownCommitError) return 'storage';
    const code = 'code' in cause ? String(cause.code) : '';
    if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return 'busy';
    if (storageCodes.some((storageCode) => code.startsWith(`SQLITE_${storageCode}`))) return 'storage';
  }
  return 'fault';
}
