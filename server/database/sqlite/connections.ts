// The two connections to a SQLite file: one that writes, durably, and one that only reads.

import Database from 'better-sqlite3';

/** How long the start waits for a file that somebody else, such as a backup, is using. */
const startPatienceMs = 5_000;

/** What durability and integrity rest on. A reopened WAL file has `synchronous=NORMAL` by default. */
const durableSettings = [
  ['journal_mode', 'wal'],
  ['synchronous', 2],
  ['foreign_keys', 1],
] as const;

/** In KiB. What is written lies close together; the usual 16 MB would only stand beside those of the reader. */
const writerCacheKib = 4_096;

/** Opens the connection that writes: a commit is on the disk before it returns (`synchronous=FULL`, which is 2). */
export function openWriter(path: string): Database.Database {
  const database = new Database(path, { timeout: startPatienceMs });
  for (const [name, value] of durableSettings) database.pragma(`${name} = ${value}`);
  database.pragma(`cache_size = -${writerCacheKib}`);
  return database;
}

/** Opens the connection that reads: it sees what is committed, and waits for no write. */
export function openReader(path: string): Database.Database {
  const database = new Database(path, { readonly: true, timeout: 0 });
  database.pragma('query_only = ON');
  return database;
}

/**
 * From now on nothing waits for a lock within SQLite, since that would stop the event loop: whoever meets a busy file
 * tries again later.
 */
export function disableBusyTimeout(database: Database.Database): void {
  database.pragma('busy_timeout = 0');
}

/** @throws Error where the connection that writes lacks a setting that durability or integrity rests on */
export function assertDurable(database: Database.Database): void {
  for (const [name, value] of durableSettings) {
    const actual = database.pragma(name, { simple: true });
    if (actual !== value) throw new Error(`the database has ${name}=${String(actual)} where it needs ${value}`);
  }
}
