// Opens connections to a SQLite file: a durable writer, a reader, and one that reads while the disk is full.

import Database from 'better-sqlite3';

/** How long the start waits for a file that another program, such as a backup, has locked. */
const startTimeoutMs = 5_000;

/** The settings that durability and integrity depend on. A reopened WAL file has `synchronous=NORMAL` by default. */
const durableSettings = [
  ['journal_mode', 'wal'],
  ['synchronous', 2],
  ['foreign_keys', 1],
] as const;

/** In KiB. Written pages lie close together; the default of 16 MB would only duplicate the reader's cache. */
const writerCacheKib = 4_096;

/** Opens the writing connection. A commit is on disk before it returns (`synchronous=FULL`, which is 2). */
export function openWriter(path: string): Database.Database {
  const database = new Database(path, { timeout: startTimeoutMs });
  try {
    for (const [name, value] of durableSettings) database.pragma(`${name} = ${value}`);
    database.pragma(`cache_size = -${writerCacheKib}`);
    assertDurable(database);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** Opens the reading connection. It sees committed data and never waits for a writer. */
export function openReader(path: string): Database.Database {
  const database = new Database(path, { readonly: true, timeout: 0 });
  database.pragma('query_only = ON');
  // Opens the `-wal` file, which SQLite otherwise does with the first query. A writer that is its only user deletes the
  // file when it is closed.
  database.pragma('schema_version');
  return database;
}

/**
 * Opens a connection that reads all committed data without creating or changing a file, as on a full disk. With an
 * exclusive lock SQLite keeps the index of the WAL in memory, instead of in the file `-shm`.
 */
export function openExclusiveReader(path: string): Database.Database {
  const database = new Database(path, { fileMustExist: true, timeout: 0 });
  try {
    database.pragma('locking_mode = EXCLUSIVE');
    database.pragma('query_only = ON');
    database.prepare('select name from counters limit 1').all();
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/**
 * Moves all commits into the database file, so that the `-wal` file is empty.
 * @returns whether all commits were moved; otherwise another process reads the file
 */
export function moveCommits(database: Database.Database): boolean {
  const [result] = database.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
  return result?.busy === 0;
}

/** @throws Error the writing connection lacks a setting that durability or integrity depends on */
export function assertDurable(database: Database.Database): void {
  for (const [name, value] of durableSettings) {
    const actual = database.pragma(name, { simple: true });
    if (actual !== value) throw new Error(`the database has ${name}=${String(actual)}; required: ${value}`);
  }
}
