// Files and folders whose content survives a power loss.

import { accessSync, closeSync, constants, fsyncSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { hasErrorCode } from '../../../shared/error-code.ts';

/** The mode of database files, which contain webhook secrets. SQLite gives it to `-wal` and `-shm`. */
export const ownerOnlyFile = 0o600;

/** Syncs a folder, so that the names in it survive a power loss. @throws Error of `node:fs` */
export function syncFolder(path: string): void {
  // Windows cannot open folders.
  if (process.platform === 'win32') return;
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } catch (error) {
    // File systems that cannot sync folders, such as some network file systems.
    if (!hasErrorCode(error, 'EINVAL', 'ENOTSUP')) throw error;
  } finally {
    closeSync(fd);
  }
}

/** Syncs the content of a file. @throws Error of `node:fs` */
export function syncFile(path: string): void {
  const fd = openSync(path, 'r+');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Creates an empty file for its owner only. Appends a number to its name if a file has it. Returns its path. */
export function createFreeFile(name: string): string {
  for (let number = 0; ; number += 1) {
    const path = number === 0 ? name : `${name}-${number}`;
    try {
      closeSync(openSync(path, 'wx', ownerOnlyFile));
      return path;
    } catch (error) {
      if (!hasErrorCode(error, 'EEXIST')) throw error;
    }
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** In bytes. A log is rewritten in parts of this size. */
const partBytes = 1_048_576;

/**
 * Writes the bytes of the `-wal` file again and syncs them. After a failed sync the operating system takes the pages
 * for written (wiki.postgresql.org/wiki/Fsync_Errors). If the process is killed then, SQLite finds commits in the file
 * that are not on the disk, and would append later commits to them.
 * @throws Error of `node:fs`
 */
export function rewriteLog(file: string): void {
  const path = `${file}-wal`;
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  // SQLite itself reports a file that it may not write.
  if (size === 0 || !isWritable(path)) return;
  const fd = openSync(path, 'r+');
  try {
    const part = Buffer.alloc(Math.min(size, partBytes));
    for (let offset = 0; offset < size; ) {
      const length = readSync(fd, part, 0, part.length, offset);
      if (length === 0) break;
      // A write can be short.
      offset += writeSync(fd, part, 0, length, offset);
    }
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
