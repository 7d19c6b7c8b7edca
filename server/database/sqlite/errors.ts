// Classifies SQLite result codes, and describes them for operators.

import { UnknownCommitError } from '../commit-errors.ts';
import type { FailureKind } from '../failure-kind.ts';
import { hasFreeSpace } from './file/database-file.ts';

/** The meaning of a code, and the remedy for operators. */
type Cause = { meaning: string; remedy: string };

const locked: Cause = {
  meaning: 'another process has locked the file',
  remedy: 'end the backup or shell that holds the lock',
};

const full: Cause = { meaning: 'the disk is full', remedy: 'free space; the service then continues by itself' };

const denied: Cause = { meaning: 'access is denied', remedy: 'check the access rights of the file and its folder' };

const failing: Cause = {
  meaning: 'the disk is full or failing',
  remedy: 'check free space and the system log; if the disk fails, restore a backup on another one',
};

/** By the beginning of a code; the first match applies (sqlite.org/rescode.html). */
const causes: readonly (readonly [code: string, cause: Cause])[] = [
  [
    'SQLITE_READONLY_DBMOVED',
    {
      meaning: 'the file was moved, deleted or replaced while the service runs',
      remedy: 'move it back, or stop the service with SIGTERM: it then saves the data in another file',
    },
  ],
  [
    'SQLITE_READONLY',
    {
      meaning: 'the file, its folder or its file system is read-only',
      remedy: 'make both writable for the user of the service, and check the mount',
    },
  ],
  [
    'SQLITE_CANTOPEN',
    {
      meaning: 'the file, or -wal or -shm beside it, cannot be opened or created',
      remedy: 'check that the folder is writable and has free space and inodes',
    },
  ],
  [
    'SQLITE_PERM',
    { meaning: 'access is denied', remedy: 'give the user of the service read and write access to the file' },
  ],
  ['SQLITE_AUTH', denied],
  ['SQLITE_FULL', full],
  ['SQLITE_IOERR', failing],
  [
    'SQLITE_CORRUPT',
    { meaning: 'the file is damaged', remedy: 'stop the service, keep a copy of all files, and restore a backup' },
  ],
  [
    'SQLITE_NOTADB',
    { meaning: 'the file is not a SQLite database', remedy: 'check DATABASE_URL, or restore a backup' },
  ],
  [
    'SQLITE_PROTOCOL',
    { meaning: 'the file cannot be locked', remedy: 'use a local file system; network file systems lose locks' },
  ],
  ['SQLITE_NOMEM', { meaning: 'memory is exhausted', remedy: 'give the service more memory' }],
  [
    'SQLITE_INTERRUPT',
    { meaning: 'the writing thread has ended', remedy: 'the service starts another one; give it more memory' },
  ],
  // Codes of node:fs.
  ['ENOSPC', full],
  ['EDQUOT', full],
  ['EIO', failing],
  ['EACCES', denied],
  ['EPERM', denied],
  ['SQLITE_BUSY', locked],
  ['SQLITE_LOCKED', locked],
];

function findCause(code: string): Cause | undefined {
  return causes.find(([start]) => code.startsWith(start))?.[1];
}

/** Codes of operations that fail for want of space, among other reasons. */
const needsSpace = /^SQLITE_(CANTOPEN|IOERR_(WRITE|SHM|TRUNCATE))/;

/** Returns the cause of a failure on this file. */
function findFileCause(file: string, code: string): Cause | undefined {
  return needsSpace.test(code) && !hasFreeSpace(file) ? full : findCause(code);
}

/** Returns undefined for other codes. */
export function classifySqliteCode(code: string): FailureKind | undefined {
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return 'busy';
  return findCause(code) ? 'storage' : undefined;
}

/** A failure of the database file, with its cause and remedy as the message. Keeps the code of SQLite. */
export class SqliteFileError extends Error {
  override readonly name = 'SqliteFileError';
  readonly code: string;
  /** The cause without the path, for callers. */
  readonly meaning: string;

  constructor(file: string, code: string, { meaning, remedy }: Cause, cause: Error) {
    super(`cannot use ${file}: ${meaning} (${code}: ${cause.message}); ${remedy}`, { cause });
    this.code = code;
    this.meaning = meaning;
  }
}

/**
 * Converts an error with a SQLite code that concerns the file. An unknown commit stays one, and other errors are
 * returned unchanged.
 */
export function toSqliteFileError(file: string, error: unknown): unknown {
  if (error instanceof UnknownCommitError) {
    return new UnknownCommitError(error.message, { cause: toSqliteFileError(file, error.cause) });
  }
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current instanceof SqliteFileError) return error;
    const code = 'code' in current ? String(current.code) : '';
    const cause = findFileCause(file, code);
    if (cause) return new SqliteFileError(file, code, cause, current);
  }
  return error;
}
