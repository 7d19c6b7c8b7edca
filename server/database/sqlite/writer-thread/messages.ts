// The messages between the main thread and the writing thread. Requests are processed in order, and each gets one
// response.

/** A statement with its parameters. */
export type StatementRequest = { sql: string; parameters: readonly unknown[] };

/** Statements that are executed one after the other until one fails. */
export type Batch = {
  /** Begins a transaction first. */
  begin?: Begin | undefined;
  /** Whether the batch belongs to a transaction. After a failure, all further batches of the transaction fail. */
  isInTransaction: boolean;
  statements: readonly StatementRequest[];
  /** Ends the transaction afterwards. A commit after a failure rolls back. */
  end?: 'commit' | 'rollback' | undefined;
};

export type Begin = {
  /**
   * The version that the transaction expects, as returned by an earlier commit on the same connection. Undefined: any.
   */
  dataVersion: number | undefined;
};

/**
 * The code of a transaction that does not begin on the expected `dataVersion`. SQLite uses it for a stale snapshot.
 */
export const outdatedCode = 'SQLITE_BUSY_SNAPSHOT';

/** The result of a statement. `rows` contains the values of each row in the order of `columns`. */
export type StatementResult = { columns: readonly string[]; rows: unknown[][] } | { changes: number };

/** The results of the statements before the first one that failed, or of all. */
export type BatchResult = {
  results: StatementResult[];
  /** Why the next statement, the begin or the commit failed. */
  failure?: EncodedError;
  /** Set if the batch ended with a commit that succeeded. */
  commit?: CommitResult;
};

export type CommitResult = {
  /** The number of rows that the transaction changed. */
  changes: number;
  /** Changes when another connection writes to the file (sqlite.org/pragma.html#pragma_data_version). */
  dataVersion: number;
};

/** The messages of the main thread. */
export type WriterRequest =
  /** Opens the connection, for migrations. */
  | { kind: 'open' }
  /** Prepares the connection for commands, when all files exist. */
  | { kind: 'start-commands' }
  | { kind: 'run'; batch: Batch }
  | { kind: 'pragma'; text: string }
  /** Closes the connection, if it is open. `hasCheckpoint`: commits are moved into the database file first. */
  | { kind: 'close'; hasCheckpoint: boolean };

/** The messages of the thread: the response to the oldest request, or a log line. */
export type WriterMessage =
  | { kind: 'result'; result: unknown }
  | { kind: 'error'; error: EncodedError }
  | { kind: 'log'; level: 'info' | 'warn'; fields: object; error?: EncodedError; text: string };

/** An error as a message. Copies of errors would lose their codes. */
export type EncodedError = {
  message: string;
  code?: string;
  stack?: string;
  isUnknownCommit?: true;
  cause?: EncodedError;
};
