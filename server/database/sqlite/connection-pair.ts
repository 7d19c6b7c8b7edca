// The writer, in its thread, and the reader of one file. While the disk is full, one connection that only reads
// replaces both.

import type { Logger } from 'pino';
import { classifyFailure } from '../errors.ts';
import { openExclusiveReader, openReader } from './connections.ts';
import { toSqliteFileError } from './errors.ts';
import type { ConnectionHandle } from './read-connection.ts';
import { WriterThread } from './writer-thread/writer-thread.ts';

export class ConnectionPair implements AsyncDisposable {
  readonly #file: string;
  readonly writer: WriterThread;
  readonly reading: ConnectionHandle;
  #readOnlyCause: unknown;
  /** Whether the reader is the one that replaces both connections. */
  #isExclusive = false;

  private constructor(file: string, log: Logger) {
    this.#file = file;
    this.writer = new WriterThread(file, log, (error) => {
      this.#readOnlyCause = toSqliteFileError(file, error);
    });
    this.reading = { current: undefined };
  }

  /**
   * Opens both connections, or the one that only reads if the disk has no space for the files of SQLite.
   * @throws SqliteFileError the file cannot be read, either
   */
  static async open(file: string, log: Logger): Promise<ConnectionPair> {
    const pair = new ConnectionPair(file, log);
    try {
      await pair.#open();
      return pair;
    } catch (error) {
      await pair[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Why only reads are possible; undefined if writes are possible, too. */
  get readOnlyCause(): unknown {
    return this.#readOnlyCause;
  }

  /** Continues with the connection that only reads. @throws SqliteFileError nothing can be read */
  async restrict(cause: unknown): Promise<void> {
    await this.writer.close({ hasCheckpoint: this.#readOnlyCause === undefined });
    this.#closeReader();
    this.#openExclusively(cause);
  }

  /**
   * Tries to open the writer again. If that fails, only reads remain possible. Must not be called during a transaction
   * or a snapshot. Reads wait if the present reader excludes a writer.
   */
  async reopen(): Promise<void> {
    if (this.#isExclusive) this.#closeReader();
    const opened = this.#open();
    if (this.reading.current === undefined) this.reading.replacement = opened.catch(() => {});
    try {
      await opened;
    } finally {
      this.reading.replacement = undefined;
    }
  }

  /** The writer is closed last: only the last connection removes the `-wal` file, and only a writer can. */
  async [Symbol.asyncDispose](): Promise<void> {
    await using _thread = this.writer;
    this.#closeReader();
    await this.writer.close({ hasCheckpoint: this.#readOnlyCause === undefined });
  }

  async #open(): Promise<void> {
    try {
      await this.writer.open();
      this.reading.current ??= openReader(this.#file);
      this.#readOnlyCause = undefined;
    } catch (error) {
      await this.writer.close({ hasCheckpoint: false });
      this.#openExclusively(error);
    }
  }

  #openExclusively(cause: unknown): void {
    this.#readOnlyCause = toSqliteFileError(this.#file, cause);
    if (classifyFailure(cause) !== 'storage') throw this.#readOnlyCause;
    this.#closeReader();
    try {
      this.reading.current = openExclusiveReader(this.#file);
      this.#isExclusive = true;
    } catch {
      throw this.#readOnlyCause;
    }
  }

  #closeReader(): void {
    this.reading.current?.close();
    this.reading.current = undefined;
    this.#isExclusive = false;
  }
}
