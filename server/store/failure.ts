// What a failed commit means: whether to wait, to refuse, or to look for the command that is to blame.

/**
 * `busy`: somebody else holds the file, nothing was written. `storage`: the disk is full or failing; whether the commit
 * is on it is unknown. `fault`: the database took offence at something that was written, and rolled back.
 */
export type FailureKind = 'busy' | 'storage' | 'fault';

const storageCodes = ['SQLITE_FULL', 'SQLITE_IOERR', 'SQLITE_READONLY', 'SQLITE_CANTOPEN', 'SQLITE_NOMEM'];

/** Looks through the causes of an error for the code that SQLite gave. */
export function failureKindOf(error: unknown): FailureKind {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = 'code' in cause ? String(cause.code) : '';
    if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return 'busy';
    if (storageCodes.some((storageCode) => code.startsWith(storageCode))) return 'storage';
  }
  return 'fault';
}
