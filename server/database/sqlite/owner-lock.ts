// One process owns a database file. The lock is a transaction on a file beside it, held for life: the operating system
// frees it with the process, however that ends.

import Database from 'better-sqlite3';
import { StartupError } from '../../shared/startup-error.ts';
import { classifyFailure } from '../errors.ts';

/**
 * Takes the database file at `path` for this process.
 * @throws StartError another process, or another part of this one, has it
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
