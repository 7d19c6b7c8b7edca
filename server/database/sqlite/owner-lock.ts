// Ensures that one process owns a database file. The lock is an open transaction on a file beside it; the operating
// system releases it when the process ends for any reason.

import Database from 'better-sqlite3';
import { StartupError } from '../../shared/startup-error.ts';
import { classifyFailure } from '../errors.ts';

/**
 * Acquires the database file at `path` for this process.
 * @throws StartupError another process, or another part of this one, holds it
 */
export function acquireOwnerLock(path: string): Disposable {
  const lock = new Database(`${path}-owner`, { timeout: 0 });
  try {
    lock.exec('begin exclusive');
  } catch (cause) {
    lock.close();
    if (classifyFailure(cause) !== 'busy') throw cause;
    throw new StartupError([`another process is using ${path}; stop it first`], { cause });
  }
  return { [Symbol.dispose]: () => lock.close() };
}
