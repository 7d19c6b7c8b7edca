// The writing connection, in its thread. A commit blocks the thread until it is on disk.

import type Database from 'better-sqlite3';
import { UnknownCommitError } from '../../commit-errors.ts';
import type { OpenedFiles } from '../file/database-file.ts';
import { type PreparedStatement, StatementCache } from '../statement-cache.ts';
import { encodeError } from './encode-error.ts';
import type { Batch, BatchResult, Begin, CommitResult, StatementRequest, StatementResult } from './messages.ts';

type WriteConnectionOptions = {
  database: Database.Database;
  /** Called after a commit. @param logBytes the size of the `-wal` file */
  onCommit(logBytes: number): void;
};

/** Executes batches of statements on the writing connection. Usable after every failure. */
export class WriteConnection {
  readonly #options: WriteConnectionOptions;
  readonly #statements: StatementCache<PreparedStatement>;
  #files: Pick<OpenedFiles, 'assertUnchanged'> | undefined;
  #changesAtBegin = 0;

  constructor(options: WriteConnectionOptions) {
    this.#options = options;
    this.#statements = new StatementCache(options.database, (prepared) => prepared);
  }

  /** Fails every further transaction that finds other files. */
  watch(files: Pick<OpenedFiles, 'assertUnchanged'>): void {
    this.#files = files;
  }

  /** Executes a batch. Never throws. If a batch that ends its transaction fails, the transaction is rolled back. */
  run({ begin, statements, end }: Batch): BatchResult {
    const results: StatementResult[] = [];
    try {
      if (begin) this.#begin(begin);
      for (const statement of statements) results.push(this.#execute(statement));
      if (end === 'commit') return { results, commit: this.#commit() };
      if (end === 'rollback') this.#rollback();
      return { results };
    } catch (error) {
      if (end) this.#tryRollback();
      return { results, failure: encodeError(error) };
    }
  }

  /**
   * Begins immediately, so that the transaction cannot fail halfway for a lock. Repeats a rollback that failed earlier.
   */
  #begin({ dataVersion }: Begin): void {
    const { database } = this.#options;
    this.#files?.assertUnchanged();
    this.#rollback();
    database.exec('begin immediate');
    this.#changesAtBegin = this.#readNumber('select total_changes()');
    if (dataVersion === undefined || dataVersion === this.#readDataVersion()) return;
    throw Object.assign(new Error('another process has written to the database'), { code: 'SQLITE_BUSY_SNAPSHOT' });
  }

  #execute({ sql, parameters }: StatementRequest): StatementResult {
    const { statement, columns } = this.#statements.prepare(sql, parameters);
    if (columns) return { columns, rows: statement.all(...parameters) as unknown[][] };
    return { changes: statement.run(...parameters).changes };
  }

  /**
   * @throws UnknownCommitError the commit failed and no transaction is left, or the file was replaced meanwhile, so
   *   that the commit may be in another file
   */
  #commit(): CommitResult {
    const { database, onCommit } = this.#options;
    const changes = this.#readNumber('select total_changes()') - this.#changesAtBegin;
    try {
      database.exec('commit');
    } catch (cause) {
      if (database.inTransaction) throw cause;
      throw new UnknownCommitError('the outcome of the commit is unknown', { cause });
    }
    onCommit(this.#assertStored());
    return { changes, dataVersion: this.#readDataVersion() };
  }

  /** Returns the size of the `-wal` file. */
  #assertStored(): number {
    try {
      return this.#files?.assertUnchanged() ?? 0;
    } catch (cause) {
      throw new UnknownCommitError('the database file changed during a commit', { cause });
    }
  }

  /** SQLite has already rolled back if the disk is full or failing. */
  #rollback(): void {
    const { database } = this.#options;
    if (database.inTransaction) database.exec('rollback');
  }

  /** The error of the batch is reported. The next transaction retries the rollback. */
  #tryRollback(): void {
    try {
      this.#rollback();
    } catch {
      // See above.
    }
  }

  #readDataVersion(): number {
    return this.#readNumber('pragma data_version');
  }

  readonly #numbers = new Map<string, Database.Statement>();

  #readNumber(sql: string): number {
    const known = this.#numbers.get(sql);
    const statement = known ?? this.#options.database.prepare(sql).pluck();
    if (!known) this.#numbers.set(sql, statement);
    return statement.get() as number;
  }
}
