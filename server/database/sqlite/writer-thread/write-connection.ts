// The writing connection, in its thread. A commit blocks the thread until it is on disk.

import type Database from 'better-sqlite3';
import { UnknownCommitError } from '../../commit-errors.ts';
import type { OpenedFiles } from '../file/database-file.ts';
import { type PreparedStatement, StatementCache } from '../statement-cache.ts';
import { encodeError } from './encode-error.ts';
import {
  type Batch,
  type BatchResult,
  type Begin,
  type CommitResult,
  outdatedCode,
  type StatementRequest,
  type StatementResult,
} from './messages.ts';

type WriteConnectionOptions = {
  database: Database.Database;
  /** Called after a commit. @param logBytes the size of the `-wal` file */
  onCommit(logBytes: number): void;
};

/** Executes batches of statements on the writing connection. Usable after every failure. */
export class WriteConnection {
  readonly #options: WriteConnectionOptions;
  readonly #statements: StatementCache<PreparedStatement>;
  readonly #selectChanges: Database.Statement;
  readonly #selectVersion: Database.Statement;
  #files: Pick<OpenedFiles, 'assertUnchanged'> | undefined;
  /** Undefined after a failure: batches that the main thread had already sent are then refused. */
  #transaction: Transaction | undefined;

  constructor(options: WriteConnectionOptions) {
    const { database } = options;
    this.#options = options;
    this.#statements = new StatementCache(database, (prepared) => prepared);
    this.#selectChanges = database.prepare('select total_changes()').pluck();
    this.#selectVersion = database.prepare('pragma data_version').pluck();
  }

  /** Fails every further transaction that finds other files. */
  watch(files: Pick<OpenedFiles, 'assertUnchanged'>): void {
    this.#files = files;
  }

  /** Executes a batch. Never throws. If a batch that ends its transaction fails, the transaction is rolled back. */
  run({ begin, isInTransaction, statements, end }: Batch): BatchResult {
    const results: StatementResult[] = [];
    try {
      if (begin) this.#begin(begin);
      if (end === 'rollback') this.#rollback();
      else if (isInTransaction) this.#assertInTransaction();
      for (const statement of statements) results.push(this.#execute(statement));
      return end === 'commit' ? { results, commit: this.#commit() } : { results };
    } catch (error) {
      this.#transaction = undefined;
      if (end) this.#tryRollback();
      return { results, failure: encodeError(error) };
    }
  }

  /**
   * Begins immediately, so that the transaction cannot fail halfway for a lock. Repeats a rollback that failed earlier.
   */
  #begin({ dataVersion: expected }: Begin): void {
    const { database } = this.#options;
    this.#files?.assertUnchanged();
    this.#rollback();
    database.exec('begin immediate');
    // No other connection can write until the commit, and a commit does not change the version of its own connection.
    const dataVersion = this.#selectVersion.get() as number;
    this.#transaction = { dataVersion, changesBefore: this.#countChanges() };
    if (expected === undefined || expected === dataVersion) return;
    throw Object.assign(new Error('another process has written to the database'), { code: outdatedCode });
  }

  /** @throws Error an earlier batch failed, or SQLite has rolled back */
  #assertInTransaction(): Transaction {
    if (!this.#transaction || !this.#options.database.inTransaction) throw new Error('the transaction has failed');
    return this.#transaction;
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
    const { dataVersion, changesBefore } = this.#assertInTransaction();
    const changes = this.#countChanges() - changesBefore;
    try {
      database.exec('commit');
    } catch (cause) {
      if (database.inTransaction) throw cause;
      throw new UnknownCommitError('the outcome of the commit is unknown', { cause });
    }
    this.#transaction = undefined;
    try {
      onCommit(this.#files?.assertUnchanged() ?? 0);
    } catch (cause) {
      throw new UnknownCommitError('the database file changed during a commit', { cause });
    }
    return { changes, dataVersion };
  }

  /** SQLite has already rolled back if the disk is full or failing. */
  #rollback(): void {
    const { database } = this.#options;
    this.#transaction = undefined;
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

  #countChanges(): number {
    return this.#selectChanges.get() as number;
  }
}

/** The version of the data, and the number of changes of the connection, when the transaction began. */
type Transaction = { dataVersion: number; changesBefore: number };
