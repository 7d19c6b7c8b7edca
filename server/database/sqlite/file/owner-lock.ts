// Ensures that only one process owns a database file, by any path. The operating system releases the lock when
// the process ends for any reason.

import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import { tryLock } from 'fs-native-extensions';
import { StartupError } from '../../../shared/startup-error.ts';

/** One byte beyond the largest database, so that it is none of the bytes that SQLite locks. */
const lockOffset = 2 ** 60;

/** Device and inode of the files that this process owns. */
const ownedFiles = new Set<string>();

/**
 * Acquires the database file at `path` for this process. The lock is on the file itself, so that it also holds for
 * other mounts and hard links. Only locks of open file descriptions, which Linux has, are independent of SQLite's own
 * locks on the file; elsewhere a file beside it is locked.
 *
 * Must be disposed of after all connections: closing a descriptor of the file drops SQLite's locks. For the same reason
 * a file that this process owns already is recognised without opening it.
 * @throws StartupError another process, or another part of this one, holds it
 */
export function acquireOwnerLock(path: string): Disposable {
  const lockPath = process.platform === 'linux' ? path : `${path}-owner`;
  const identity = toIdentity(statSync(path, { bigint: true }));
  if (ownedFiles.has(identity)) throw createInUseError(path);
  const fd = openSync(lockPath, 'a+', 0o600);
  const isReplaced = lockPath === path && toIdentity(fstatSync(fd, { bigint: true })) !== identity;
  if (isReplaced || !tryLock(fd, lockOffset, 1)) {
    closeSync(fd);
    throw createInUseError(path);
  }
  ownedFiles.add(identity);
  return {
    [Symbol.dispose]: () => {
      ownedFiles.delete(identity);
      closeSync(fd);
    },
  };
}

function toIdentity({ dev, ino }: { dev: bigint; ino: bigint }): string {
  return `${dev}:${ino}`;
}

function createInUseError(path: string): StartupError {
  return new StartupError([`another process is using ${path}; stop it first`]);
}
