// The database file on its disk: created for its owner alone and durably, reached by one name, and noticed when it is
// moved, deleted or replaced while the service runs.

import { closeSync, mkdirSync, openSync, readFileSync, realpathSync, statfsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { hasErrorCode } from '../../../shared/error-code.ts';
import { StartupError } from '../../../shared/startup-error.ts';
import { ownerOnlyFile, syncFile, syncFolder } from './durable-files.ts';

const ownerOnlyFolder = 0o700;

/** SQLite keeps committed data and its index in files beside the database. */
const suffixes = ['', '-wal', '-shm'];

/**
 * Creates the file and its folders where they are missing, and syncs the new names. Resolves symbolic links.
 * @returns the absolute path of the file
 * @throws StartupError the path names no regular file, or the file is missing, but not its commits
 */
export function createDatabaseFile(path: string): string {
  const file = resolve(path);
  try {
    const existing = realpathSync(file);
    assertRegular(existing);
    return existing;
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT')) throw error;
  }
  assertNoLog(file);
  createFolder(dirname(file));
  closeSync(openSync(file, 'a', ownerOnlyFile));
  syncFile(file);
  const created = realpathSync(file);
  syncFolder(dirname(created));
  return created;
}

function assertRegular(file: string): void {
  const found = statSync(file);
  if (found.isDirectory()) {
    throw new StartupError([`${file} is a folder; name a file in it, as in sqlite:${join(file, 'orders.db')}`]);
  }
  if (!found.isFile()) throw new StartupError([`${file} is not a regular file`]);
}

/** SQLite would discard the commits in the `-wal` file of another database file. */
function assertNoLog(file: string): void {
  const log = `${file}-wal`;
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) === 0) return;
  throw new StartupError([
    `${file} is missing, but ${log} has commits that belong to it; move the database file back beside it, or move the -wal file away to start with an empty database`,
  ]);
}

function createFolder(folder: string): void {
  const first = mkdirSync(folder, { recursive: true, mode: ownerOnlyFolder });
  if (first === undefined) return;
  for (let created = folder; created.length >= first.length; created = dirname(created)) syncFolder(dirname(created));
}

/**
 * Under another name SQLite would not find the `-wal` file with the latest commits.
 * @throws StartupError the file has hard links, or it is mounted on its own
 */
export function assertSoleName(file: string): void {
  const { nlink } = statSync(file);
  const reason = 'SQLite keeps the latest commits in a -wal file beside one name only';
  if (nlink > 1) throw new StartupError([`${file} has ${nlink} hard links; remove the others: ${reason}`]);
  if (readMountPoints().includes(file)) {
    throw new StartupError([`${file} is mounted as a single file; mount its folder instead: ${reason}`]);
  }
}

/** Returns the mount points of this process on Linux (proc_pid_mountinfo(5)), otherwise none. */
function readMountPoints(): string[] {
  if (process.platform !== 'linux') return [];
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return lines.map((line) => {
    const field = line.split(' ')[4] ?? '';
    return field.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));
  });
}

/** The largest groups of commands need this space. */
export const minFreeBytes = 262_144;

/** Whether the disk has space for a large group of commands. Also returns true if that cannot be determined. */
export function hasFreeSpace(file: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(file));
    return bavail * bsize >= minFreeBytes;
  } catch {
    return true;
  }
}

/** Logs a warning if other users may read or write the files. */
export function warnOfWideModes(file: string, log: Logger): void {
  if (process.platform === 'win32') return;
  for (const path of suffixes.map((suffix) => file + suffix)) {
    const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
    if ((mode & 0o077) === 0) continue;
    const octal = (mode & 0o777).toString(8);
    log.warn({ path, mode: octal }, `${path} is accessible to other users and contains secrets; run: chmod 600`);
  }
}

/** The database file, or one beside it, is not the one that was opened. Writes to it would be lost. */
class DatabaseFileError extends Error {
  override readonly name = 'DatabaseFileError';
  /** The code of SQLite for this cause. */
  readonly code = 'SQLITE_READONLY_DBMOVED';
}

/** Remembers which files were opened. */
export class OpenedFiles {
  readonly #files: readonly { path: string; dev: bigint; ino: bigint }[];

  /** Call it when SQLite has opened its files. @param file the absolute path of the database */
  constructor(file: string) {
    this.#files = suffixes.flatMap((suffix) => {
      const path = file + suffix;
      const found = statSync(path, { bigint: true, throwIfNoEntry: false });
      return found ? { path, dev: found.dev, ino: found.ino } : [];
    });
  }

  /**
   * @returns the size of the `-wal` file in bytes; 0 if it was not there
   * @throws DatabaseFileError a file was moved, deleted or replaced, or a file system was mounted over it
   */
  assertUnchanged(): number {
    let logBytes = 0;
    for (const { path, dev, ino } of this.#files) {
      const found = statSync(path, { bigint: true, throwIfNoEntry: false });
      if (found?.ino === ino && found.dev === dev) {
        if (path.endsWith('-wal')) logBytes = Number(found.size);
        continue;
      }
      throw new DatabaseFileError(`${path} was ${found ? 'replaced' : 'moved or deleted'}`);
    }
    return logBytes;
  }
}
