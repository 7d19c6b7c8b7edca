// The writer and the reader of one file. While the disk is full, one connection that only reads replaces both.

import { dirname } from 'node:path';
import type Database from 'better-sqlite3';
import type { Logger } from 'pino';
import { classifyFailure } from '../errors.ts';
import type { ConnectionHandle } from './connection.ts';
import { openExclusiveReader, openReader, openWriter } from './connections.ts';
import { toSqliteFileError } from './errors.ts';
import { rewriteLog, syncFolder } from './file/durable-files.ts';

export class ConnectionPair implements Disposable {
  readonly #file: string;
  readonly #log: Logger;
  readonly writing: ConnectionHandle;
  readonly reading: ConnectionHandle;
  #readOnlyCause: unknown;

  /**
   * Opens both connections, or the one that only reads if the disk has no space for the files of SQLite.
   * @throws SqliteFileError the file cannot be read, either
   */
  constructor(file: string, log: Logger) {
    this.#file = file;
    this.#log = log;
    const { writer, reader } = this.#open();
    this.writing = { current: writer };
    this.reading = { current: reader };
  }

  /** Why only reads are possible; undefined if writes are possible, too. */
  get readOnlyCause(): unknown {
    return this.#readOnlyCause;
  }

  /** Continues with the connection that only reads. @throws SqliteFileError nothing can be read */
  restrict(cause: unknown): void {
    this.#close();
    this.#readOnlyCause = toSqliteFileError(this.#file, cause);
    this.#replace(this.#openRestricted(cause));
  }

  /**
   * Tries to open the writer again. Must not be called during a transaction or a snapshot.
   * @throws Error of `node:fs` the latest commits cannot be synced; reads remain possible
   */
  reopen(): void {
    rewriteLog(this.#file);
    this.#close();
    this.#readOnlyCause = undefined;
    this.#replace(this.#open());
  }

  /** The writer is closed last: only the last connection removes the `-wal` file, and only a writer can. */
  [Symbol.dispose](): void {
    this.#close();
  }

  #replace({ writer, reader }: { writer: Database.Database; reader: Database.Database }): void {
    this.writing.current = writer;
    this.reading.current = reader;
  }

  #open() {
    let writer: Database.Database | undefined;
    let reader: Database.Database | undefined;
    try {
      rewriteLog(this.#file);
      writer = openWriter(this.#file);
      reader = openReader(this.#file);
      // SQLite ignores errors of this sync, and without the name of the WAL its commits are lost.
      syncFolder(dirname(this.#file));
      return { writer, reader };
    } catch (error) {
      reader?.close();
      writer?.close();
      return this.#openRestricted(error);
    }
  }

  #openRestricted(cause: unknown) {
    this.#readOnlyCause = toSqliteFileError(this.#file, cause);
    if (classifyFailure(cause) !== 'storage') throw this.#readOnlyCause;
    try {
      const reader = openExclusiveReader(this.#file);
      return { writer: reader, reader };
    } catch {
      throw this.#readOnlyCause;
    }
  }

  #close(): void {
    this.reading.current.close();
    if (!this.writing.current.open) return;
    if (this.#readOnlyCause === undefined) this.#checkpoint();
    this.writing.current.close();
  }

  /** Moves all commits into the database file, so that the file is complete without `-wal`. */
  #checkpoint(): void {
    try {
      const [result] = this.writing.current.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
      if (result?.busy === 0) return;
      this.#log.warn(`another process reads ${this.#file}; commits remain in ${this.#file}-wal`);
    } catch (error) {
      this.#log.warn({ err: toSqliteFileError(this.#file, error) }, `commits remain in ${this.#file}-wal`);
    }
  }
}
