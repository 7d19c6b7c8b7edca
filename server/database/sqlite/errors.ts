// What the codes of SQLite mean for a commit.

import type { FailureKind } from '../failure-kind.ts';

const storageCodes = ['FULL', 'IOERR', 'READONLY', 'CANTOPEN', 'NOMEM', 'CORRUPT', 'NOTADB', 'PROTOCOL'];

/** The kind of a failure with this code; undefined where the code is not one of them. */
export function classifySqliteCode(code: string): FailureKind | undefined {
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return 'busy';
  return storageCodes.some((storageCode) => code.startsWith(`SQLITE_${storageCode}`)) ? 'storage' : undefined;
}
