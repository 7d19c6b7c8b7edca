// Classifies SQLite result codes.

import type { FailureKind } from '../failure-kind.ts';

const storageCodes = ['FULL', 'IOERR', 'READONLY', 'CANTOPEN', 'NOMEM', 'CORRUPT', 'NOTADB', 'PROTOCOL'];

/** Returns undefined for other codes. */
export function classifySqliteCode(code: string): FailureKind | undefined {
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return 'busy';
  return storageCodes.some((storageCode) => code.startsWith(`SQLITE_${storageCode}`)) ? 'storage' : undefined;
}
